// Postings, from a key to the numbers of the articles that have it, as ../postings.py defines them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "isa.h"

namespace dedup {

constexpr unsigned KEY_BITS = 40;
constexpr size_t FEW = 4;  // articles that a hot key finds, besides the last

inline uint64_t ones(unsigned bits) { return bits ? ~0ull >> (64 - bits) : 0; }

// The keys of one article.
struct OwnKeys {
    const uint64_t* data;
    size_t size;
};

// Lists one after the other: list i is from offsets[i] to before offsets[i + 1].
struct FoundNumbers {
    std::vector<int64_t> numbers, shared, offsets{0};
};

// Postings begin to end - 1.
struct Range {
    size_t begin, end;
};

// What looking up one article works with; used again for the next.
class Tally {
   public:
    // The keys without repetition, until the next call.
    const std::vector<uint64_t>& distinct(OwnKeys keys);
    // Counts an article for one key.
    void add(uint32_t number) {
        for (size_t at = place(number);; at = (at + 1) & (slots_.size() - 1)) {
            if (!slots_[at]) return insert(at, number);
            uint64_t& counted = counted_[slots_[at] - 1];
            if (counted >> 32 == number) {
                ++counted;
                return;
            }
        }
    }
    // Adds the list of what was counted, and starts anew.
    void finish(FoundNumbers& found);

    // Free for the one who looks up.
    std::vector<Range> ranges;
    std::vector<const void*> places;

   private:
    static constexpr unsigned LEAST_BITS = 8;

    size_t place(uint32_t number) const { return (number * 0x9E3779B1u) >> (32 - bits_); }
    void insert(size_t at, uint32_t number);

    std::vector<uint64_t> seen_, distinct_;
    std::vector<uint64_t> counted_;  // number << 32 | count
    std::vector<uint32_t> slots_ = std::vector<uint32_t>(size_t{1} << LEAST_BITS);  // position in counted_ + 1, or 0
    unsigned bits_ = LEAST_BITS;
};

// How a segment is laid out.
struct Layout {
    static constexpr size_t HEADER = 64, PADDING = 3;

    uint32_t first = 0, last = 0;
    unsigned bucket_bits = 0;
    uint64_t postings = 0;

    // Throws std::invalid_argument for what no segment can hold.
    static Layout of(int64_t first, int64_t last, uint64_t postings);
    // Of the segment in these bytes. Throws std::invalid_argument if it cannot be one.
    static Layout read(const uint8_t* data, size_t size);
    void write_header(uint8_t* out) const;

    unsigned id_bits() const { return last == first ? 0 : 32 - __builtin_clz(last - first); }
    unsigned rest_bits() const { return KEY_BITS - bucket_bits; }
    size_t width() const { return std::max<size_t>(5, (rest_bits() + id_bits() + 7) / 8); }
    size_t postings_at() const { return HEADER + 4 * ((size_t{1} << bucket_bits) + 1); }
    size_t size() const { return postings_at() + postings * width() + PADDING; }
};

// A segment in bytes that somebody else keeps.
class SegmentPostings {
   public:
    // Throws std::invalid_argument where the bytes cannot be a segment.
    SegmentPostings(const uint8_t* data, size_t size);

    const Layout& layout() const { return layout_; }
    void look_up(OwnKeys keys, size_t cap, Tally& tally) const;

    // The postings of a bucket: in bounds even if somebody writes into the bytes meanwhile.
    Range bucket(uint64_t number) const {
        uint32_t bounds[2];
        std::memcpy(bounds, starts_ + 4 * number, 8);
        const size_t end = std::min<size_t>(bounds[1], layout_.postings);
        return {std::min<size_t>(bounds[0], end), end};
    }
    // What lies there: the rest of the key, then the number less the first.
    uint64_t value(size_t posting) const {
        uint64_t value;
        std::memcpy(&value, postings_ + posting * width_, 8);
        return value & mask_;
    }
    uint64_t rest(size_t posting) const { return value(posting) >> id_bits_; }
    uint32_t id(uint64_t value) const { return static_cast<uint32_t>(value & id_mask_); }

   private:
    size_t first_of(Range postings, uint64_t rest) const;
    void tally_key(uint64_t key, Range own, size_t few, Tally& tally) const;

    Layout layout_;
    size_t width_;
    unsigned id_bits_;
    uint64_t mask_, id_mask_;
    const uint8_t *starts_, *postings_;
};

// Writes a segment posting by posting, in their order.
class SegmentWriter {
   public:
    SegmentWriter(const Layout& layout, uint8_t* out)
        : layout_(layout), out_(out), width_(layout.width()), at_(out + layout.postings_at()) {}

    // `value` is what stands in the posting.
    void write(uint64_t bucket, uint64_t value) {
        while (next_ <= bucket) start_bucket();
        std::memcpy(at_, &value, 8);  // up to 3 bytes more than it has: those behind are still to come
        at_ += width_;
        ++written_;
    }
    // Returns the bytes of the whole.
    size_t finish() {
        while (next_ <= size_t{1} << layout_.bucket_bits) start_bucket();
        std::memset(at_, 0, Layout::PADDING);
        layout_.postings = written_;
        layout_.write_header(out_);
        return layout_.size();
    }

   private:
    void start_bucket() {
        const auto begin = static_cast<uint32_t>(written_);
        std::memcpy(out_ + Layout::HEADER + 4 * next_++, &begin, 4);
    }

    Layout layout_;
    uint8_t* out_;
    size_t width_;
    uint8_t* at_;
    uint64_t next_ = 0, written_ = 0;
};

struct NumberRange {
    int64_t first, last;
};

// The layout of all postings of segments, whose ranges must ascend and be disjoint: else std::invalid_argument.
Layout merged_layout(const std::vector<SegmentPostings>& segments);
// Merges them into `out`, which has room for that layout; returns the bytes used. Throws std::invalid_argument for
// damaged postings.
size_t merge(const std::vector<SegmentPostings>& segments, const std::vector<NumberRange>& expired, uint8_t* out);

// Postings of the latest articles: from each key to its only number, or to a list, in tables of open addressing. Each
// grows by half and is half full at least, so that a posting takes 24 bytes at most; there are many, so that no article
// waits until all has grown.
class RecentPostings {
   public:
    size_t articles() const { return articles_.size(); }
    // Throws std::invalid_argument if the numbers do not ascend, above those before.
    void check_new(const int64_t* numbers, size_t count) const;
    void add(uint32_t number, OwnKeys keys);
    void look_up(OwnKeys keys, size_t cap, Tally& tally) const;
    Layout layout_of(int64_t first, int64_t last) const;
    // Writes the segment of that layout.
    void write(const Layout& layout, uint8_t* out) const;
    RecentPostings without(int64_t last) const;

   private:
    static constexpr unsigned COUNT_SHIFT = 8;  // a count stands behind 8 bits of the key

    struct Article {
        uint32_t number, postings;
    };
    struct Slot {
        uint32_t low, high_and_count;
        uint32_t value;  // the number if it is the only one, else where its list begins

        uint64_t key() const { return static_cast<uint64_t>(high_and_count & 0xFF) << 32 | low; }
        uint32_t count() const { return high_and_count >> COUNT_SHIFT; }
        bool empty() const { return high_and_count < 1u << COUNT_SHIFT; }
    };

    struct Table {
        std::vector<Slot> slots = std::vector<Slot>(8);
        size_t used = 0;

        // In the order of the mixed keys: a table that grows is read and written from its beginning to its end.
        size_t place(uint64_t mixed) const { return (mixed << TABLE_BITS >> 32) * slots.size() >> 32; }
        // Where the key is, or the free slot where it would be.
        size_t find(uint64_t key) const {
            size_t at = place(mixed(key));
            while (!slots[at].empty() && slots[at].key() != key) at = at + 1 < slots.size() ? at + 1 : 0;
            return at;
        }
        void make_room(size_t keys);
    };
    static constexpr unsigned TABLE_BITS = 6;

    static uint64_t mixed(uint64_t key) { return key * 0x9E3779B97F4A7C15; }
    const Table& table(uint64_t key) const { return tables_[mixed(key) >> (64 - TABLE_BITS)]; }
    Table& table(uint64_t key) { return tables_[mixed(key) >> (64 - TABLE_BITS)]; }
    // Where the search for a key begins.
    void fetch(uint64_t key) const {
        const Table& own = table(key);
        __builtin_prefetch(&own.slots[own.place(mixed(key))]);
    }
    const uint32_t* numbers(const Slot& slot) const { return slot.count() == 1 ? &slot.value : &lists_[slot.value]; }
    bool insert(uint64_t key, uint32_t number);
    void append(Slot& slot, uint32_t number);
    template <typename Each>
    void each_posting(uint32_t first, uint32_t last, const Each& each) const;

    std::vector<Article> articles_;
    std::vector<Table> tables_ = std::vector<Table>(size_t{1} << TABLE_BITS);
    std::vector<uint32_t> lists_;  // each with room for the next power of two
};

}  // namespace dedup
