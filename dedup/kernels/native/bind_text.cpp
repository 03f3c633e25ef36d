// Text -> tokens, and text -> signature, fingerprints and digest.
#include <algorithm>
#include <stdexcept>

#include "arrays.h"
#include "bindings.h"
#include "isa.h"
#include "parallel.h"
#include "sketches.h"
#include "table.h"
#include "texts.h"
#include "xxh3.h"

namespace dedup {

namespace {

Scratch& own_scratch() {
    thread_local Scratch scratch;
    return scratch;
}

struct TokenView {
    const char* packed;
    const int32_t* bounds;
    const uint64_t* hashes;
    const int32_t* starts;
    const int32_t* ends;
    const bool* unspaced;
};

// The tokens of a text: packed keys (each with a space behind it), where each begins there, hashes, places, scripts.
class TokenArrays {
public:
    explicit TokenArrays(size_t count)
        : count_(count), bounds_(new int32_t[count + 1]), hashes_(new uint64_t[count + 1]),
          starts_(new int32_t[count + 1]), ends_(new int32_t[count + 1]), unspaced_(new bool[count + 1]) {
        bounds_[0] = 0;
    }

    // All tokens of the text in the scratch.
    void take(const Scratch& scratch) {
        const uint32_t* const from = scratch.starts.data();
        const uint32_t* const to = scratch.ends.data();
        const uint32_t* const origins = scratch.origins.data();
        int32_t size = 0;
        for (size_t i = 0; i < count_; ++i) {
            bounds_[i] = size;
            size += static_cast<int32_t>(to[i] - from[i] + 1);
            starts_[i] = static_cast<int32_t>(origins[from[i]]);
            ends_[i] = static_cast<int32_t>(std::max(origins[to[i]], origins[to[i] - 1] + 1));
            unspaced_[i] = is_unspaced(scratch.key(i));
        }
        bounds_[count_] = size;
        std::copy_n(scratch.hashes.data(), count_, hashes_.get());
        pack(scratch);
    }

    // Some tokens of other arrays, behind those that are here.
    void append(const TokenView& from, size_t first, size_t after) {
        const size_t n = after - first;
        const int32_t start = from.bounds[first], shift = bounds_[filled_] - start;
        const auto bytes = static_cast<size_t>(from.bounds[after] - start);
        packed_.reserve(static_cast<size_t>(bounds_[filled_]) + bytes);
        std::copy_n(from.packed + start, bytes, packed_.data() + bounds_[filled_]);
        for (size_t i = 0; i < n; ++i) bounds_[filled_ + i + 1] = from.bounds[first + i + 1] + shift;
        std::copy_n(from.hashes + first, n, hashes_.get() + filled_);
        std::copy_n(from.starts + first, n, starts_.get() + filled_);
        std::copy_n(from.ends + first, n, ends_.get() + filled_);
        std::copy_n(from.unspaced + first, n, unspaced_.get() + filled_);
        filled_ += n;
    }

    nb::tuple to_python() {
        nb::bytes keys(packed_.data(), static_cast<size_t>(bounds_[count_]));
        return nb::make_tuple(keys, to_numpy(std::move(bounds_), {count_ + 1}), to_numpy(std::move(hashes_), {count_}),
                              to_numpy(std::move(starts_), {count_}), to_numpy(std::move(ends_), {count_}),
                              to_numpy(std::move(unspaced_), {count_}));
    }

private:
    static bool is_unspaced(const uint8_t* key) {
        return key[0] >= 0xE0 && class_in(entry_of(decode(key).point)) == UNSPACED;
    }

    void pack(const Scratch& scratch) {
        packed_.reserve(bounds_[count_] + 2 * PAD);
        for (size_t i = 0; i < count_; ++i) {
            const uint8_t* const key = scratch.key(i);
            char* const out = packed_.data() + bounds_[i];
            const size_t bytes = bounds_[i + 1] - bounds_[i] - 1;
            std::memcpy(out, key, 16);  // most keys are short, and both sides have room
            if (bytes > 16) std::memcpy(out, key, bytes);
            out[bytes] = ' ';
        }
    }

    size_t count_, filled_ = 0;
    std::unique_ptr<int32_t[]> bounds_;
    std::unique_ptr<uint64_t[]> hashes_;
    std::unique_ptr<int32_t[]> starts_, ends_;
    std::unique_ptr<bool[]> unspaced_;
    Buffer<char> packed_;
};

nb::tuple tokenise(nb::str string) {
    const Text text = Text::of(string);
    if (text.units > MOST_UNITS) throw nb::value_error("the text has too many characters for one text");
    Scratch& scratch = own_scratch();
    std::unique_ptr<TokenArrays> arrays;
    {
        const nb::gil_scoped_release released;
        size_t bytes;
        const uint8_t* const utf8 = text.utf8(scratch, bytes);
        const size_t count = active_isa().tokenise(scratch, utf8, bytes, true);
        arrays = std::make_unique<TokenArrays>(count);
        arrays->take(scratch);
        scratch.trim();
    }
    return arrays->to_python();
}

// The tokens in ranges of token numbers, which ascend and do not overlap.
nb::tuple select(nb::bytes packed, In<int32_t> bounds, In<uint64_t> hashes, In<int32_t> starts, In<int32_t> ends,
                 In<bool> unspaced, In2<int64_t> ranges) {
    const size_t n = hashes.size();
    if (bounds.size() != n + 1 || starts.size() != n || ends.size() != n || unspaced.size() != n || ranges.shape(1) != 2) {
        throw nb::value_error("tokens must have one value each in every array, and ranges two columns");
    }
    int64_t before = 0;
    size_t count = 0;
    for (size_t k = 0; k < ranges.shape(0); ++k) {
        const int64_t first = ranges.data()[2 * k], after = ranges.data()[2 * k + 1];
        if (first < before || after < first || after > static_cast<int64_t>(n)) {
            throw nb::value_error("ranges must ascend within the tokens");
        }
        const int32_t from = bounds.data()[first], to = bounds.data()[after];
        if (from < 0 || to < from || static_cast<size_t>(to) > packed.size()) throw nb::value_error("bounds must ascend within packed");
        before = after;
        count += static_cast<size_t>(after - first);
    }
    TokenArrays chosen(count);
    const TokenView all{packed.c_str(), bounds.data(), hashes.data(), starts.data(), ends.data(), unspaced.data()};
    for (size_t k = 0; k < ranges.shape(0); ++k) {
        chosen.append(all, static_cast<size_t>(ranges.data()[2 * k]), static_cast<size_t>(ranges.data()[2 * k + 1]));
    }
    return chosen.to_python();
}

Winnow checked(size_t window, unsigned bits) {
    if (bits < 1 || bits > 64) throw nb::value_error("bits must be 1 to 64");
    return {window, bits};
}

nb::tuple sketch_texts(nb::handle source, In<uint32_t> a, In<uint32_t> b, size_t window, unsigned bits, int64_t threads) {
    const Texts texts(source);
    const Permutations permutations(a, b);
    const Winnow winnow = checked(window, bits);
    std::unique_ptr<Sketches> sketches;
    {
        const nb::gil_scoped_release released;
        sketches = std::make_unique<Sketches>(texts, permutations, winnow, threads);
    }
    const size_t n = texts.size();
    return nb::make_tuple(to_numpy(std::move(sketches->signatures), {n, permutations.count}),
                          to_numpy(std::move(sketches->fingerprints)), to_numpy(std::move(sketches->offsets)),
                          to_numpy(std::move(sketches->digests), {n}), to_numpy(std::move(sketches->invalid)));
}

nb::tuple sketch(In<uint64_t> hashes, In<uint32_t> a, In<uint32_t> b, size_t window, unsigned bits) {
    const Permutations permutations(a, b);
    Scratch& scratch = own_scratch();
    const size_t n = hashes.size();
    scratch.hashes.reserve(n + 8);
    std::copy_n(hashes.data(), n, scratch.hashes.data());
    std::unique_ptr<uint32_t[]> signature(new uint32_t[permutations.count]);
    std::vector<uint64_t> prints;
    const uint64_t digest = sketch_tokens(scratch, n, permutations, checked(window, bits), signature.get(), prints);
    scratch.trim();
    return nb::make_tuple(to_numpy(std::move(signature), {permutations.count}), to_numpy(std::move(prints)), digest);
}

Out<uint64_t> shingles(In<uint64_t> tokens, size_t size) {
    if (size < 1 || size > 5) throw nb::value_error("a shingle has 1 to 5 tokens");
    Scratch& scratch = own_scratch();
    const size_t n = tokens.size();
    scratch.hashes.reserve(n + 8);
    std::copy_n(tokens.data(), n, scratch.hashes.data());
    std::unique_ptr<uint64_t[]> out(new uint64_t[n + 1]);
    const size_t count = active_isa().shingles(scratch.hashes.data(), n, size, out.get());
    scratch.trim();
    return to_numpy(std::move(out), {count});
}

nb::tuple isa_names() {
    size_t count;
    const Isa* const* const isas = usable_isas(count);
    nb::list names;
    for (size_t i = 0; i < count; ++i) names.append(isas[i]->name);
    return nb::tuple(names);
}

}  // namespace

void bind_text(nb::module_& m) {
    m.def("isas", &isa_names, "Instruction sets that this machine can run, best first.");
    m.def("isa", [] { return active_isa().name; }, "The instruction set in use.");
    m.def("use_isa", [](const char* name) {
        if (!use_isa(name)) throw nb::value_error("this machine or build has no such instruction set; see isas()");
    }, nb::arg("name"));
    m.def("tokenise", &tokenise, nb::arg("text"));
    m.def("token_hash", [](nb::bytes key) {
        return xxh3_64(static_cast<const uint8_t*>(key.data()), key.size());
    }, nb::arg("key"));
    m.def("shingles", &shingles, nb::arg("tokens").noconvert(), nb::arg("size"));
    m.def("select", &select, nb::arg("packed"), nb::arg("bounds").noconvert(), nb::arg("hashes").noconvert(),
          nb::arg("starts").noconvert(), nb::arg("ends").noconvert(), nb::arg("unspaced").noconvert(),
          nb::arg("ranges").noconvert());
    m.def("sketch", &sketch, nb::arg("hashes").noconvert(), nb::arg("a").noconvert(), nb::arg("b").noconvert(),
          nb::arg("window"), nb::arg("bits"));
    m.def("sketch_texts", &sketch_texts, nb::arg("texts"), nb::arg("a").noconvert(), nb::arg("b").noconvert(),
          nb::arg("window"), nb::arg("bits"), nb::arg("threads"));
}

}  // namespace dedup
