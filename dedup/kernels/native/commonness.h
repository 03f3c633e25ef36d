// Which tokens of a tile unrelated articles carry too, as ../commonness.py defines it: phrases counted in a corpus.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "isa.h"
#include "pairs.h"
#include "parallel.h"

namespace dedup {

// An array of Python's.
template <typename T>
struct Stretch {
    const T* data;
    size_t size;
};

constexpr size_t PHRASE = 3;  // tokens of the shingle that commonness is counted on

inline uint64_t mixed_key(uint64_t key) { return key * 0x9E3779B97F4A7C15; }  // odd: no two keys are mixed alike

// The shingles of a text's tokens, mixed, in buffers that are used again.
class Phrases {
   public:
    // They stay until the next call.
    const std::vector<uint64_t>& of(Stretch<uint64_t> text) {
        tokens_.assign(text.data, text.data + text.size);
        tokens_.resize(text.size + 4);  // short texts are padded in place
        shingles_.resize(text.size + 1);
        shingles_.resize(active_isa().shingles(tokens_.data(), text.size, PHRASE, shingles_.data()));
        for (uint64_t& shingle : shingles_) shingle = mixed_key(shingle);
        return shingles_;
    }

   private:
    std::vector<uint64_t> tokens_, shingles_;
};

// Keys and the articles that carry them, sorted by key, then article. What the order goes by is the mixed key: its
// top bits choose a bucket of about eight postings, its low 48 bits stand with each posting. 10.5 bytes a posting.
class Postings {
   public:
    struct Range {
        size_t first, end;
        size_t size() const { return end - first; }
    };
    enum Kind {
        KEYS,    // the articles' arrays hold keys, and each counts as often as it stands there
        PHRASES  // they hold token hashes: the keys are their distinct phrases
    };

    // Throws std::invalid_argument for too many postings or articles.
    Postings(const std::vector<Stretch<uint64_t>>& articles, Kind kind, size_t threads);

    // The postings of a mixed key.
    Range find(uint64_t key) const {
        const uint64_t wanted = key & 0xFFFFFFFFFFFF;
        const uint32_t* const ends = bucket(key);
        size_t first = ends[0], size = ends[1] - first;
        while (size) {  // the first that is not before the key
            const size_t half = size / 2;
            const bool before = rest(first + half) < wanted;
            first = before ? first + half + 1 : first;
            size = before ? size - half - 1 : half;
        }
        size_t end = first, step = 1;
        while (end + step <= ends[1] && rest(end + step - 1) == wanted) end += step, step *= 2;
        for (; step; step /= 2) {
            if (end + step <= ends[1] && rest(end + step - 1) == wanted) end += step;
        }
        return {first, end};
    }
    // Fetches what find needs first, and next.
    void fetch_bucket(uint64_t key) const { __builtin_prefetch(bucket(key)); }
    void fetch_postings(uint64_t key) const {
        const Posting* const first = postings_.get() + *bucket(key);
        __builtin_prefetch(first);
        __builtin_prefetch(first + 6);  // on the line behind
    }
    uint32_t carrier(size_t posting) const { return postings_[posting].carrier; }
    // Whether an article is among the carriers of a key.
    bool has(Range range, uint32_t article) const {
        while (range.first < range.end) {
            const size_t middle = range.first + range.size() / 2;
            if (carrier(middle) == article) return true;
            carrier(middle) < article ? range.first = middle + 1 : range.end = middle;
        }
        return false;
    }

   private:
    // The index is built in shards by the top bits of the mixed keys, so that what is being sorted is a part of it,
    // and each shard in parts that are sorted in the cache.
    static constexpr unsigned SHARD_BITS = 2, PART_BITS = 12;

    struct Carried {
        uint64_t key;  // mixed
        uint32_t carrier;
    };
    // What is looked up together lies together: the low 48 bits of the mixed key in two pieces, and who carries it.
    struct __attribute__((packed)) Posting {
        uint32_t low, carrier;
        uint16_t middle;
    };
    using Counts = std::vector<size_t>;

    template <typename Each>
    void each_key(const std::vector<Stretch<uint64_t>>& articles, size_t begin, size_t end, const Each& each) const;
    Counts count_parts(const std::vector<Stretch<uint64_t>>& articles, size_t threads) const;
    void make_room(size_t postings);
    void build_shard(const std::vector<Stretch<uint64_t>>& articles, size_t shard, const Counts& parts);
    size_t write_part(Carried* part, size_t count, size_t number, std::vector<Carried>& sorted, size_t at);

    // Where the postings of the bucket begin; they end where the next number says. Each shard has a number more than
    // buckets, because room that its repeated keys would have taken is left empty behind it.
    size_t bucket_number(uint64_t key) const {
        const auto number = static_cast<size_t>(key >> (64 - bits_));
        return number + (number >> (bits_ - SHARD_BITS));
    }
    const uint32_t* bucket(uint64_t key) const { return buckets_.get() + bucket_number(key); }
    uint64_t rest(size_t posting) const {
        const Posting& one = postings_[posting];
        return static_cast<uint64_t>(one.middle) << 32 | one.low;
    }

    Kind kind_;
    unsigned bits_ = 16;  // of a bucket's number: at least 16, so that 48 bits do for the rest
    std::unique_ptr<uint32_t[]> buckets_;
    std::unique_ptr<Posting[]> postings_;
};

// Calls each(mixed key, article) for all keys of some articles.
template <typename Each>
void Postings::each_key(const std::vector<Stretch<uint64_t>>& articles, size_t begin, size_t end,
                        const Each& each) const {
    Phrases phrases;
    for (size_t article = begin; article < end; ++article) {
        const auto carrier = static_cast<uint32_t>(article);
        if (kind_ == PHRASES) {
            for (const uint64_t key : phrases.of(articles[article])) each(key, carrier);
        } else {
            const Stretch<uint64_t> own = articles[article];
            for (size_t at = 0; at < own.size; ++at) each(mixed_key(own.data[at]), carrier);
        }
    }
}

inline Postings::Postings(const std::vector<Stretch<uint64_t>>& articles, Kind kind, size_t threads) : kind_(kind) {
    if (articles.size() > std::numeric_limits<int32_t>::max())
        throw std::invalid_argument("a corpus has fewer than 2^31 articles");
    const Counts parts = count_parts(articles, threads);
    make_room(parts.back());
    in_parallel(threads, size_t{1} << SHARD_BITS, 1,
                [&](size_t, size_t shard, size_t) { build_shard(articles, shard, parts); });
}

// Of each part how many keys come before it, and at the end how many there are; repeated ones among them.
inline Postings::Counts Postings::count_parts(const std::vector<Stretch<uint64_t>>& articles, size_t threads) const {
    constexpr size_t PARTS = size_t{1} << PART_BITS, CHUNK = 1024;
    std::vector<Counts> counts(threads, Counts(PARTS + 1));
    in_parallel(threads, articles.size(), CHUNK, [&](size_t thread, size_t begin, size_t end) {
        size_t* const own = counts[thread].data() + 1;
        each_key(articles, begin, end, [own](uint64_t key, uint32_t) { ++own[key >> (64 - PART_BITS)]; });
    });
    Counts parts(PARTS + 1);
    for (size_t part = 0; part < PARTS; ++part) {
        parts[part + 1] = parts[part];
        for (const Counts& one : counts) parts[part + 1] += one[part + 1];
    }
    return parts;
}

inline void Postings::make_room(size_t postings) {
    constexpr size_t IN_A_BUCKET = 8;
    if (postings > std::numeric_limits<uint32_t>::max())
        throw std::invalid_argument("a corpus has fewer than 2^32 phrases and fingerprints");
    while (bits_ < 32 && (IN_A_BUCKET << bits_) < postings) ++bits_;
    buckets_.reset(new uint32_t[(size_t{1} << bits_) + (size_t{1} << SHARD_BITS)]);
    postings_.reset(new Posting[postings]);
}

// Carries the keys of the shard together by parts, and writes them sorted, part by part.
inline void Postings::build_shard(const std::vector<Stretch<uint64_t>>& articles, size_t shard, const Counts& parts) {
    constexpr size_t PARTS = size_t{1} << (PART_BITS - SHARD_BITS);
    const size_t first = shard * PARTS, base = parts[first];
    const std::unique_ptr<Carried[]> gathered(new Carried[parts[first + PARTS] - base]);
    Counts next(parts.begin() + static_cast<std::ptrdiff_t>(first),
                parts.begin() + static_cast<std::ptrdiff_t>(first + PARTS));
    each_key(articles, 0, articles.size(), [&](uint64_t key, uint32_t carrier) {
        const size_t part = (key >> (64 - PART_BITS)) - first;
        if (part < PARTS) gathered[next[part]++ - base] = {key, carrier};  // else it is another shard's
    });
    std::vector<Carried> sorted;
    size_t at = base;
    for (size_t part = first; part < first + PARTS; ++part)
        at = write_part(gathered.get() + (parts[part] - base), parts[part + 1] - parts[part], part, sorted, at);
    buckets_[((shard + 1) << (bits_ - SHARD_BITS)) + shard] = static_cast<uint32_t>(at);
}

// Writes the postings of a part from `at` on, bucket by bucket; returns where they end. `sorted` is its buffer.
inline size_t Postings::write_part(Carried* part, size_t count, size_t number, std::vector<Carried>& sorted,
                                   size_t at) {
    const unsigned shift = 64 - bits_;
    const size_t buckets = size_t{1} << (bits_ - PART_BITS);
    const auto bucket_in = [=](uint64_t key) { return static_cast<size_t>(key >> shift) & (buckets - 1); };
    Counts starts(buckets + 1);
    for (size_t i = 0; i < count; ++i) ++starts[bucket_in(part[i].key) + 1];
    for (size_t bucket = 0; bucket < buckets; ++bucket) starts[bucket + 1] += starts[bucket];
    sorted.resize(std::max(sorted.size(), count));
    for (size_t i = 0; i < count; ++i) sorted[starts[bucket_in(part[i].key)]++] = part[i];  // starts become ends
    uint32_t* const places = buckets_.get() + bucket_number(static_cast<uint64_t>(number) << (64 - PART_BITS));
    for (size_t bucket = 0, begin = 0; bucket < buckets; begin = starts[bucket++]) {
        places[bucket] = static_cast<uint32_t>(at);
        Carried* const first = sorted.data() + begin;
        Carried* const end = sorted.data() + starts[bucket];
        std::sort(first, end, [](const Carried& a, const Carried& b) {
            return a.key != b.key ? a.key < b.key : a.carrier < b.carrier;
        });
        for (const Carried* one = first; one < end; ++one) {
            if (kind_ == PHRASES && one > first && one->key == one[-1].key && one->carrier == one[-1].carrier) continue;
            postings_[at++] = {static_cast<uint32_t>(one->key), one->carrier, static_cast<uint16_t>(one->key >> 32)};
        }
    }
    return at;
}

// What is asked of pairs, one value each, and the articles that overlap with each text (values from offsets on).
struct CommonQuery {
    const int64_t* days;  // of both texts of each pair
    const uint8_t* days_count;
    const int64_t* needed;
    const int64_t* many;
    int64_t far_days;
    const int64_t* near_values;
    const int64_t* near_offsets;
};

struct FoundLists {
    std::vector<int64_t> values, offsets;
};

// Those who work for a corpus, kept from call to call: their buffers are as long as the corpus, and a call may be short.
template <typename Worker>
class Kept {
   public:
    // Calls work(worker, number) for the numbers 0 to n - 1. Who fails is not kept.
    template <typename Work>
    void in_parallel(size_t threads, size_t n, const Work& work) {
        std::vector<std::unique_ptr<Worker>> mine(threads);
        {
            const std::lock_guard<std::mutex> lock(guard_);
            for (; threads && !idle_.empty(); idle_.pop_back()) mine[--threads] = std::move(idle_.back());
        }
        dedup::in_parallel(mine.size(), n, PAIR_CHUNK, [&](size_t thread, size_t begin, size_t end) {
            if (!mine[thread]) mine[thread] = std::make_unique<Worker>();
            for (size_t number = begin; number < end; ++number) work(*mine[thread], number);
        });
        const std::lock_guard<std::mutex> lock(guard_);
        for (std::unique_ptr<Worker>& one : mine) {
            if (one) idle_.push_back(std::move(one));
        }
    }

   private:
    std::mutex guard_;
    std::vector<std::unique_ptr<Worker>> idle_;
};

struct OverlapCounter;
class CarrierCounter;

// The articles of a corpus.
class CorpusCommonness {
   public:
    ~CorpusCommonness();
    CorpusCommonness(const std::vector<Stretch<uint64_t>>& hashes, const std::vector<Stretch<uint64_t>>& fingerprints,
                     std::vector<int64_t> days, size_t threads);

    size_t articles() const { return days_.size(); }
    const std::vector<int64_t>& days() const { return days_; }
    const Postings& phrases() const { return phrases_; }

    FoundLists overlapping(const std::vector<Stretch<uint64_t>>& fingerprints, double share, size_t threads) const;
    // One value for each token of the tiles; `hashes` of the texts that are compared.
    void common(const std::vector<Stretch<uint64_t>>& hashes, const TextPairs& pairs, const PairTiles& tiles,
                const CommonQuery& query, uint8_t* out, size_t threads) const;

   private:
    std::vector<int64_t> days_, print_counts_;
    Postings prints_, phrases_;
    mutable Kept<OverlapCounter> overlap_counters_;
    mutable Kept<CarrierCounter> carrier_counters_;
};

}  // namespace dedup
