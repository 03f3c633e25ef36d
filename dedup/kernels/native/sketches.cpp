#include "sketches.h"

#include <algorithm>
#include <stdexcept>

#include "isa.h"
#include "parallel.h"
#include "xxh3.h"

namespace dedup {

namespace {

constexpr size_t TEXTS_AT_ONCE = 64;

// Radix sort by bytes, lowest first: for a few hundred keys it takes a third of the time of std::sort.
void sort_keys(std::vector<uint64_t>& keys, std::vector<uint64_t>& other, unsigned bits) {
    other.resize(keys.size());
    for (unsigned shift = 0; shift < bits; shift += 8) {
        uint32_t starts[257] = {};
        for (const uint64_t key : keys) ++starts[(key >> shift & 0xFF) + 1];
        for (size_t byte = 0; byte < 256; ++byte) starts[byte + 1] += starts[byte];
        for (const uint64_t key : keys) other[starts[key >> shift & 0xFF]++] = key;
        keys.swap(other);
    }
}

void append_fingerprints(Scratch& scratch, size_t shingles, Winnow winnow, std::vector<uint64_t>& prints) {
    uint64_t* const h = scratch.shingles.data();
    const uint64_t mask = ~0ull >> (64 - winnow.bits);
    const size_t count = active_isa().minima(h, shingles, winnow.window);
    thread_local std::vector<uint64_t> own, other;
    own.clear();
    for (size_t i = 0; i < count; ++i) {
        if (!i || h[i] != h[i - 1]) own.push_back(h[i] & mask);
    }
    sort_keys(own, other, winnow.bits);
    prints.insert(prints.end(), own.begin(), std::unique(own.begin(), own.end()));
}

}  // namespace

uint64_t sketch_tokens(Scratch& scratch, size_t n, const Permutations& permutations, Winnow winnow, uint32_t* signature,
                       std::vector<uint64_t>& prints) {
    const Isa& isa = active_isa();
    uint64_t* const tokens = scratch.hashes.data();
    scratch.shingles.reserve(n + 8);
    const size_t shingles = isa.shingles(tokens, n, 5, scratch.shingles.data());
    isa.signature(scratch.shingles.data(), shingles, permutations.a, permutations.b, permutations.count, signature);
    if (winnow.window) append_fingerprints(scratch, shingles, winnow, prints);
    return xxh3_64(reinterpret_cast<const uint8_t*>(tokens), 8 * n);
}

Sketches::Sketches(const Texts& texts, const Permutations& permutations, Winnow winnow, int64_t threads)
    : signatures(new uint32_t[texts.size() * permutations.count + 1]), offsets(texts.size() + 1), digests(new uint64_t[texts.size() + 1]) {
    struct Worker {
        Scratch scratch;
        std::vector<uint64_t> prints;
    };
    const size_t n = texts.size();
    std::vector<Worker> workers(threads_for(threads, n, TEXTS_AT_ONCE));
    struct Place {
        uint32_t worker, size;
        size_t start;
    };
    std::vector<Place> places(n);
    std::vector<uint8_t> broken(n);
    in_parallel(workers.size(), n, TEXTS_AT_ONCE, [&](size_t thread, size_t begin, size_t end) {
        Worker& own = workers[thread];
        for (size_t i = begin; i < end; ++i) {
            size_t bytes;
            const uint8_t* const text = texts[i].utf8(own.scratch, bytes);
            if (bytes > 4 * MOST_UNITS) throw std::invalid_argument("text " + std::to_string(i) + " has over 2^27 bytes");
            broken[i] = texts[i].form == Text::UTF8 && !active_isa().valid_utf8(text, text + bytes);
            const size_t tokens = active_isa().tokenise(own.scratch, text, broken[i] ? 0 : bytes, false);
            const size_t start = own.prints.size();
            digests[i] = sketch_tokens(own.scratch, tokens, permutations, winnow, &signatures[i * permutations.count], own.prints);
            places[i] = {static_cast<uint32_t>(thread), static_cast<uint32_t>(own.prints.size() - start), start};
        }
    });
    for (size_t i = 0; i < n; ++i) {
        const auto from = workers[places[i].worker].prints.begin() + static_cast<ptrdiff_t>(places[i].start);
        fingerprints.insert(fingerprints.end(), from, from + places[i].size);
        offsets[i + 1] = static_cast<int64_t>(fingerprints.size());
        if (broken[i]) invalid.push_back(static_cast<int64_t>(i));
    }
}

}  // namespace dedup
