// Buckets -> candidate pairs, and the exact resemblance of pairs.
#pragma once

#include <cstdint>
#include <vector>

#include "texts.h"

namespace dedup {

// One channel's postings: a key and the article that carries it.
struct Posting {
    uint64_t key;
    uint32_t owner;
};

struct Pairs {
    std::vector<int64_t> pairs;  // i, j with i < j, sorted, distinct
    uint64_t buckets = 0, hot = 0;
};

using Channel = std::vector<Posting>;

// Pairs of owners that share a key in a channel; a bucket of more than `cap` becomes a star of `hubs`.
Pairs bucket_pairs(std::vector<Channel>& channels, size_t cap, size_t hubs, int64_t threads);

// Exact Jaccard over the distinct 5-token shingles of pairs of texts.
void resemblances(const Texts&, const int64_t* pairs, size_t count, double* out, int64_t threads);

// The same of two sequences of token hashes, each with room for 4 zeros behind it.
double resemblance(uint64_t* a, size_t a_tokens, uint64_t* b, size_t b_tokens);

}  // namespace dedup
