// Any bytes as text: under every instruction set the same tokens, hashes, places and sketch, and nothing outside of
// them is touched. What is no UTF-8 is only worked through; of its valid characters, everything has to agree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../../dedup/kernels/native/isa.h"
#include "../../dedup/kernels/native/xxh3.h"

namespace {

using namespace dedup;

constexpr size_t PERMUTATIONS = 23;  // whole vectors of every width, and a rest

void require(bool holds) {
    if (!holds) std::abort();
}

// A block of its own, so that a byte beyond it is not there.
template <typename T>
std::unique_ptr<T[]> copied(const T* data, size_t n) {
    std::unique_ptr<T[]> block(new T[n]);
    std::copy_n(data, n, block.get());
    return block;
}

struct Read {
    std::vector<std::string> keys;
    std::vector<uint64_t> hashes;
    std::vector<uint32_t> places;

    bool operator==(const Read& other) const {
        return keys == other.keys && hashes == other.hashes && places == other.places;
    }
};

Read read(const Isa& isa, Scratch& scratch, const uint8_t* text, size_t n, bool origins) {
    const auto block = copied(text, n);
    const size_t count = isa.tokenise(scratch, block.get(), n, origins);
    Read found;
    for (size_t i = 0; i < count; ++i) {
        const uint32_t from = scratch.starts.data()[i], to = scratch.ends.data()[i];
        require(from < to && to <= scratch.folded_bytes && (!i || scratch.ends.data()[i - 1] < from));
        found.keys.emplace_back(reinterpret_cast<const char*>(scratch.key(i)), to - from);
        found.hashes.push_back(scratch.hashes.data()[i]);
        require(found.hashes[i] == xxh3_64(scratch.key(i), to - from));
        if (!origins) continue;
        const uint32_t* const places = scratch.origins.data();
        found.places.push_back(places[from]);
        found.places.push_back(std::max(places[to], places[to - 1] + 1));
    }
    return found;
}

// Shingles of every size, a signature, and minima of windows, one behind the other.
std::vector<uint64_t> sketch(const Isa& isa, const std::vector<uint64_t>& hashes, size_t window) {
    std::vector<uint64_t> out;
    uint32_t a[PERMUTATIONS], b[PERMUTATIONS], least[PERMUTATIONS];
    for (uint32_t i = 0; i < PERMUTATIONS; ++i) a[i] = i * 0x9E3779B1u | 1, b[i] = i * 0x85EBCA6Bu;
    for (size_t size = 1; size <= 5; ++size) {
        std::vector<uint64_t> padded(hashes);
        padded.resize(hashes.size() + 4, 0xABAD1DEA);
        std::vector<uint64_t> shingles(hashes.size() + 1);
        shingles.resize(isa.shingles(padded.data(), hashes.size(), size, shingles.data()));
        out.insert(out.end(), shingles.begin(), shingles.end());
        auto block = copied(shingles.data(), shingles.size());
        isa.signature(block.get(), shingles.size(), a, b, PERMUTATIONS, least);
        out.insert(out.end(), least, least + PERMUTATIONS);
        const size_t count = isa.minima(block.get(), shingles.size(), window);
        for (size_t i = 0; i < count; ++i) {
            require(block[i] == *std::min_element(&shingles[i], &shingles[i] + std::min(window, shingles.size())));
        }
        out.insert(out.end(), block.get(), block.get() + count);
    }
    return out;
}

// The valid characters of the bytes, one by one by the instruction set that is plain code.
std::vector<uint8_t> cut_to_utf8(const Isa& plain, const uint8_t* data, size_t size) {
    std::vector<uint8_t> out;
    for (size_t at = 0; at < size;) {
        size_t bytes = 1;
        while (bytes <= 4 && at + bytes <= size && !plain.valid_utf8(data + at, data + at + bytes)) ++bytes;
        const bool valid = bytes <= 4 && at + bytes <= size;
        if (valid) out.insert(out.end(), data + at, data + at + bytes);
        at += valid ? bytes : 1;
    }
    return out;
}

// The bytes as units of Latin-1, UCS2 and UCS4 (in range), encoded one after the other.
std::string encoded(const Isa& isa, const uint8_t* data, size_t size) {
    std::vector<uint16_t> twos(size / 2);
    std::vector<uint32_t> fours(size / 4);
    if (!twos.empty()) std::memcpy(twos.data(), data, 2 * twos.size());
    if (!fours.empty()) std::memcpy(fours.data(), data, 4 * fours.size());
    for (uint32_t& point : fours) point %= 0x110000;
    std::unique_ptr<uint8_t[]> out(new uint8_t[4 * size + 16]);
    std::string all;
    const auto add = [&](size_t bytes) { all.append(reinterpret_cast<const char*>(out.get()), bytes).push_back('|'); };
    add(isa.encode8(copied(data, size).get(), size, out.get()));
    add(isa.encode16(twos.data(), twos.size(), out.get()));
    add(isa.encode32(fours.data(), fours.size(), out.get()));
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (!size) return 0;
    const size_t window = 1 + data[0] % 20;
    ++data, --size;
    size_t count = 0;
    const Isa* const* const isas = usable_isas(count);
    const Isa& plain = *isas[count - 1];
    const bool valid = plain.valid_utf8(data, data + size);
    const std::vector<uint8_t> text = cut_to_utf8(plain, data, size);
    require(valid == (text.size() == size) && plain.valid_utf8(text.data(), text.data() + text.size()));

    static Scratch scratch;  // its buffers are used again
    const Read expected = read(plain, scratch, text.data(), text.size(), true);
    const std::vector<uint64_t> sketched = sketch(plain, expected.hashes, window);
    const std::string bytes = encoded(plain, data, size);
    for (size_t i = 0; i < count; ++i) {
        const Isa& isa = *isas[i];
        const auto block = copied(data, size);
        require(isa.valid_utf8(block.get(), block.get() + size) == valid);
        require(encoded(isa, data, size) == bytes);
        for (const bool origins : {true, false}) {
            read(isa, scratch, data, size, origins);
            const Read found = read(isa, scratch, text.data(), text.size(), origins);
            require(found.keys == expected.keys && found.hashes == expected.hashes);
            require(!origins || found == expected);
            Scratch fresh;
            require(read(isa, fresh, text.data(), text.size(), origins) == found);
        }
        require(sketch(isa, expected.hashes, window) == sketched);
    }
    return 0;
}
