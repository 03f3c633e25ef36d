#include "buckets.h"

#include <algorithm>
#include <iterator>

#include "isa.h"
#include "parallel.h"

namespace dedup {

namespace {

// Stable radix sort by key, 11 bits a pass, only over the bits that the keys use.
void sort_by_key(Channel& postings) {
    constexpr unsigned BITS = 11;
    constexpr size_t WAYS = size_t{1} << BITS;
    uint64_t used = 0;
    for (const Posting& posting : postings) used |= posting.key;
    Channel other(postings.size());
    for (unsigned shift = 0; shift < 64 && used >> shift; shift += BITS) {
        size_t starts[WAYS + 1] = {};
        for (const Posting& posting : postings) ++starts[((posting.key >> shift) & (WAYS - 1)) + 1];
        for (size_t way = 0; way < WAYS; ++way) starts[way + 1] += starts[way];
        for (const Posting& posting : postings) other[starts[(posting.key >> shift) & (WAYS - 1)]++] = posting;
        postings.swap(other);
    }
}

// Distinct pairs, packed as i << 32 | j, by open addressing; no pair is 0, since i < j.
class PairSet {
public:
    void insert(uint32_t i, uint32_t j) {
        if (2 * (count_ + 1) > slots_.size()) grow();
        count_ += place(slots_, static_cast<uint64_t>(i) << 32 | j);
    }
    void append_to(std::vector<uint64_t>& out) const {
        std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(out), [](uint64_t pair) { return pair != 0; });
    }

private:
    static bool place(std::vector<uint64_t>& slots, uint64_t pair) {
        const size_t mask = slots.size() - 1;
        for (size_t at = (pair * 0x9E3779B97F4A7C15) >> 20 & mask;; at = (at + 1) & mask) {
            if (slots[at] == pair) return false;
            if (!slots[at]) return slots[at] = pair, true;
        }
    }
    void grow() {
        std::vector<uint64_t> larger(std::max<size_t>(1024, 2 * slots_.size()));
        for (const uint64_t pair : slots_) {
            if (pair) place(larger, pair);
        }
        slots_.swap(larger);
    }

    std::vector<uint64_t> slots_;
    size_t count_ = 0;
};

// The pairs of one bucket, whose owners ascend: all of them, or a star that joins them with linear many.
void pair_up(const Posting* bucket, size_t size, size_t cap, size_t hubs, PairSet& pairs) {
    const size_t centres = size > cap ? std::min(hubs, size) : size;
    for (size_t i = 0; i < centres; ++i) {
        for (size_t j = i + 1; j < size; ++j) {
            if (bucket[i].owner != bucket[j].owner) pairs.insert(bucket[i].owner, bucket[j].owner);
        }
    }
    for (size_t i = centres; i + 1 < size; ++i) {
        if (bucket[i].owner != bucket[i + 1].owner) pairs.insert(bucket[i].owner, bucket[i + 1].owner);
    }
}

}  // namespace

Pairs bucket_pairs(std::vector<Channel>& channels, size_t cap, size_t hubs, int64_t threads) {
    struct Worker {
        PairSet pairs;
        uint64_t buckets = 0, hot = 0;
    };
    std::vector<Worker> workers(threads_for(threads, channels.size(), 1));
    in_parallel(workers.size(), channels.size(), 1, [&](size_t thread, size_t begin, size_t) {
        Channel& postings = channels[begin];
        Worker& own = workers[thread];
        sort_by_key(postings);
        for (size_t at = 0, end; at < postings.size(); at = end) {
            for (end = at + 1; end < postings.size() && postings[end].key == postings[at].key;) ++end;
            ++own.buckets;
            own.hot += end - at > cap;
            pair_up(&postings[at], end - at, cap, hubs, own.pairs);
        }
        Channel().swap(postings);
    });
    Pairs found;
    std::vector<uint64_t> packed;
    for (const Worker& worker : workers) {
        worker.pairs.append_to(packed);
        found.buckets += worker.buckets;
        found.hot += worker.hot;
    }
    std::sort(packed.begin(), packed.end());
    packed.erase(std::unique(packed.begin(), packed.end()), packed.end());
    found.pairs.reserve(2 * packed.size());
    for (const uint64_t pair : packed) {
        found.pairs.push_back(static_cast<int64_t>(pair >> 32));
        found.pairs.push_back(static_cast<int64_t>(pair & 0xFFFFFFFF));
    }
    return found;
}

namespace {

// The shingles of a text in a table of open addressing. The shingle 0 stands beside it.
class ShingleTable {
public:
    // Fills the table and moves the distinct shingles to the front; their number.
    size_t fill(uint64_t* shingles, size_t count) {
        size_t size = 64;
        while (size < 2 * count) size *= 2;
        slots_.assign(size, 0);
        zero_ = false;
        size_t distinct = 0;
        for (size_t i = 0; i < count; ++i) {
            const uint64_t shingle = shingles[i];
            uint64_t& slot = find(shingle);
            const bool known = shingle ? slot == shingle : zero_;
            if (!shingle) zero_ = true;
            if (shingle) slot = shingle;
            shingles[distinct] = shingle;
            distinct += !known;
        }
        return distinct;
    }

    // The same for shingles that are distinct already, which are left alone.
    void fill_again(const uint64_t* shingles, size_t count) {
        size_t size = 64;
        while (size < 2 * count) size *= 2;
        slots_.assign(size, 0);
        zero_ = false;
        for (size_t i = 0; i < count; ++i) {
            if (shingles[i]) find(shingles[i]) = shingles[i];
            zero_ |= !shingles[i];
        }
    }

    size_t count_in(const uint64_t* shingles, size_t count) {
        size_t found = 0;
        for (size_t i = 0; i < count; ++i) found += shingles[i] ? find(shingles[i]) == shingles[i] : zero_;
        return found;
    }

private:
    // Where the shingle is, or the free slot where it would be.
    uint64_t& find(uint64_t shingle) {
        const size_t mask = slots_.size() - 1;
        size_t at = shingle & mask;
        while (slots_[at] && slots_[at] != shingle) at = (at + 1) & mask;
        return slots_[at];
    }

    std::vector<uint64_t> slots_;
    bool zero_ = false;
};

double jaccard(size_t one, size_t two, size_t shared) {
    const size_t either = one + two - shared;
    return either ? static_cast<double>(shared) / static_cast<double>(either) : 0.0;
}

}  // namespace

double resemblance(uint64_t* a, size_t a_tokens, uint64_t* b, size_t b_tokens) {
    thread_local ShingleTable table;
    thread_local Buffer<uint64_t> first, second;
    first.reserve(a_tokens + 8);
    second.reserve(b_tokens + 8);
    const Isa& isa = active_isa();
    const size_t two = table.fill(second.data(), isa.shingles(b, b_tokens, 5, second.data()));
    const size_t one = table.fill(first.data(), isa.shingles(a, a_tokens, 5, first.data()));
    return jaccard(one, two, table.count_in(second.data(), two));
}

void resemblances(const Texts& texts, const int64_t* pairs, size_t count, double* out, int64_t threads) {
    struct Worker {
        Scratch scratch;
        ShingleTable table;
        int64_t filled = -1;  // the text whose shingles the table holds
    };
    constexpr size_t AT_ONCE = 64;
    std::vector<Worker> workers(threads_for(threads, std::max(texts.size(), count), AT_ONCE));
    std::vector<std::vector<uint64_t>> distinct(texts.size());  // shingles of the texts that pairs name
    std::vector<uint8_t> named(texts.size());
    for (size_t i = 0; i < 2 * count; ++i) named[static_cast<size_t>(pairs[i])] = 1;
    in_parallel(workers.size(), texts.size(), AT_ONCE, [&](size_t thread, size_t begin, size_t end) {
        Worker& own = workers[thread];
        const Isa& isa = active_isa();
        for (size_t i = begin; i < end; ++i) {
            if (!named[i]) continue;
            size_t bytes;
            const uint8_t* const utf8 = texts[i].utf8(own.scratch, bytes);
            const size_t tokens = isa.tokenise(own.scratch, utf8, bytes, false);
            own.scratch.shingles.reserve(tokens + 8);
            uint64_t* const shingles = own.scratch.shingles.data();
            const size_t size = own.table.fill(shingles, isa.shingles(own.scratch.hashes.data(), tokens, 5, shingles));
            distinct[i].assign(shingles, shingles + size);
        }
    });
    for (Worker& worker : workers) worker.filled = -1;
    in_parallel(workers.size(), count, AT_ONCE, [&](size_t thread, size_t begin, size_t end) {
        Worker& own = workers[thread];
        for (size_t i = begin; i < end; ++i) {
            const std::vector<uint64_t>& one = distinct[static_cast<size_t>(pairs[2 * i])];
            const std::vector<uint64_t>& two = distinct[static_cast<size_t>(pairs[2 * i + 1])];
            if (own.filled != pairs[2 * i]) own.table.fill_again(one.data(), one.size());
            own.filled = pairs[2 * i];
            out[i] = jaccard(one.size(), two.size(), own.table.count_in(two.data(), two.size()));
        }
    });
}

}  // namespace dedup
