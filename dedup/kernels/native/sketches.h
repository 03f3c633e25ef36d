// Text -> signature, fingerprints and digest, one pass a text, threads over texts.
#pragma once

#include <memory>
#include <vector>

#include "arrays.h"
#include "scratch.h"
#include "texts.h"

namespace dedup {

// Characters of a text: one may fold to 36 bytes, and places are 32 bits. Callers' own limits are lower.
constexpr size_t MOST_UNITS = size_t{1} << 25;

// Multipliers and addends of datasketch's affine32.
struct Permutations {
    const uint32_t* a;
    const uint32_t* b;
    size_t count;

    Permutations(const In<uint32_t>& multipliers, const In<uint32_t>& addends)
        : a(multipliers.data()), b(addends.data()), count(multipliers.size()) {
        if (addends.size() != count) throw nb::value_error("a and b must have one length");
    }
};

struct Winnow {
    size_t window;  // shingles; 0 leaves the fingerprints out
    unsigned bits;  // of a minimum that are kept
};

// Signature, fingerprints (appended, sorted and distinct) and digest of the n token hashes in the scratch.
uint64_t sketch_tokens(Scratch&, size_t n, const Permutations&, Winnow, uint32_t* signature, std::vector<uint64_t>& prints);

struct Sketches {
    Sketches(const Texts&, const Permutations&, Winnow, int64_t threads);

    std::unique_ptr<uint32_t[]> signatures;  // (texts, permutations)
    std::vector<uint64_t> fingerprints;      // of all texts, one after the other ...
    std::vector<int64_t> offsets;            // ... and where each begins
    std::unique_ptr<uint64_t[]> digests;
    std::vector<int64_t> invalid;            // texts that are no UTF-8: as if they were empty
};

}  // namespace dedup
