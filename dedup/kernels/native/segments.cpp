// Segments: their layout, looking up, merging.
#include <stdexcept>

#include "postings.h"
#include "scratch.h"

namespace dedup {

namespace {

constexpr char MAGIC[] = "dedup-ps";
constexpr uint32_t VERSION = 1;
constexpr unsigned LEAST_BUCKET_BITS = 8, MOST_BUCKET_BITS = 28;
constexpr uint64_t IN_A_BUCKET = 16;

// Brings it into the cache: reads that do not wait for each other. Prefetches would be dropped where the address must be
// looked up first, and it must for nearly every key (measured: 12.3 against 9.5 µs an article).
void touch(const void* place) { static_cast<void>(*static_cast<const volatile uint8_t*>(place)); }

}  // namespace

Layout Layout::of(int64_t first, int64_t last, uint64_t postings) {
    if (first < 0 || first > last || last > 0xFFFFFFFF)
        throw std::invalid_argument("first and last must ascend, from 0 to 2^32 - 1");
    if (postings > 0xFFFFFFFF) throw std::invalid_argument("a segment has fewer than 2^32 postings");
    unsigned bits = LEAST_BUCKET_BITS;
    while (IN_A_BUCKET << bits < postings) ++bits;
    return {static_cast<uint32_t>(first), static_cast<uint32_t>(last), bits, postings};
}

void Layout::write_header(uint8_t* out) const {
    std::memset(out, 0, HEADER);
    std::memcpy(out, MAGIC, 8);
    const uint32_t numbers[] = {VERSION, first, last, bucket_bits, id_bits(), static_cast<uint32_t>(width())};
    std::memcpy(out + 8, numbers, sizeof numbers);
    std::memcpy(out + 32, &postings, 8);
}

Layout Layout::read(const uint8_t* data, size_t size) {
    if (size < HEADER || std::memcmp(data, MAGIC, 8) != 0) throw std::invalid_argument("this is no segment");
    uint32_t numbers[3];
    Layout found;
    std::memcpy(numbers, data + 12, sizeof numbers);
    std::memcpy(&found.postings, data + 32, 8);
    found.first = numbers[0], found.last = numbers[1], found.bucket_bits = numbers[2];
    uint8_t header[HEADER];
    const bool possible = found.first <= found.last && found.bucket_bits >= LEAST_BUCKET_BITS &&
                          found.bucket_bits <= MOST_BUCKET_BITS && found.postings <= 0xFFFFFFFF;
    if (possible) found.write_header(header);
    if (!possible || std::memcmp(header, data, HEADER) != 0 || size != found.size())
        throw std::invalid_argument("the header or the size of the segment is wrong");
    return found;
}

SegmentPostings::SegmentPostings(const uint8_t* data, size_t size)
    : layout_(Layout::read(data, size)),
      width_(layout_.width()),
      id_bits_(layout_.id_bits()),
      mask_(ones(static_cast<unsigned>(8 * width_))),
      id_mask_(ones(id_bits_)),
      starts_(data + Layout::HEADER),
      postings_(data + layout_.postings_at()) {
    uint32_t before = 0, bound;
    bool sound = true;
    for (const uint8_t* at = starts_; at < postings_; at += 4, before = bound) {
        std::memcpy(&bound, at, 4);
        sound &= bound >= before && (at != starts_ || bound == 0);
    }
    if (!sound || before != layout_.postings) throw std::invalid_argument("the buckets of the segment are wrong");
}

// The first of the postings of one bucket that is not before this rest of a key. Counted where they are as few as they
// should be: no branch depends on what they are.
size_t SegmentPostings::first_of(Range postings, uint64_t wanted) const {
    size_t first = postings.begin, size = postings.end - postings.begin;
    while (size > 2 * IN_A_BUCKET) {
        const size_t half = size / 2;
        const bool before = rest(first + half) < wanted;
        first = before ? first + half + 1 : first;
        size = before ? size - half - 1 : half;
    }
    size_t before = 0;
    for (size_t at = first; at < first + size; ++at) before += rest(at) < wanted;
    return first + before;
}

void SegmentPostings::tally_key(uint64_t key, Range own, size_t few, Tally& tally) const {
    const uint64_t wanted = key & ones(layout_.rest_bits());
    const auto add = [&](size_t posting) {
        const uint64_t number = static_cast<uint64_t>(layout_.first) + id(value(posting));
        if (number <= layout_.last) tally.add(static_cast<uint32_t>(number));  // else it is damaged
    };
    const size_t begin = first_of(own, wanted);
    size_t end = begin;
    while (end < own.end && end - begin <= few && rest(end) == wanted) ++end;
    const bool hot = end - begin > few;
    if (hot) add(first_of({end, own.end}, wanted + 1) - 1);
    for (size_t at = begin; at < (hot ? begin + FEW : end); ++at) add(at);
}

// Everything that is looked at is read before, in two sweeps: the buckets' bounds, then both ends of their postings.
void SegmentPostings::look_up(OwnKeys keys, size_t cap, Tally& tally) const {
    const std::vector<uint64_t>& own = tally.distinct(keys);
    tally.ranges.clear();
    for (const uint64_t key : own) tally.ranges.push_back(bucket(key >> layout_.rest_bits()));
    for (const Range range : tally.ranges) {
        touch(postings_ + range.begin * width_);
        touch(postings_ + range.end * width_);
    }
    for (size_t i = 0; i < own.size(); ++i) tally_key(own[i], tally.ranges[i], std::max(cap, FEW), tally);
}

Layout merged_layout(const std::vector<SegmentPostings>& segments) {
    uint64_t postings = 0;
    bool ascend = !segments.empty();
    for (size_t i = 0; i < segments.size(); ++i) {
        postings += segments[i].layout().postings;
        ascend &= !i || segments[i - 1].layout().last < segments[i].layout().first;
    }
    if (!ascend) throw std::invalid_argument("there must be segments, whose ranges ascend and are disjoint");
    return Layout::of(segments.front().layout().first, segments.back().layout().last, postings);
}

namespace {

// The postings of one stretch of the keys, as (rest of the key, number less the first of all): those of each segment
// are a sorted run, and runs are merged two by two.
class Stretches {
   public:
    Stretches(const Layout& layout, const std::vector<NumberRange>& expired, unsigned bits)
        : layout_(layout), expired_(expired), bits_(bits) {}

    void start() { size_ = 0, ends_.clear(); }

    void gather(const SegmentPostings& segment, uint64_t stretch) {
        const Layout& own = segment.layout();
        const unsigned more = own.bucket_bits - bits_;
        const uint64_t buckets = uint64_t{1} << more, first = stretch << more;
        const bool expires = any_expired(own.first, own.last);
        const uint64_t shift = own.first - layout_.first;
        bool sound = true, empty = true;
        uint64_t before = 0;
        from_.reserve(size_ + segment.bucket(first + buckets - 1).end - segment.bucket(first).begin);
        for (uint64_t bucket = 0; bucket < buckets; ++bucket) {
            const Range range = segment.bucket(first + bucket);
            from_.reserve(size_ + range.end - range.begin);
            for (size_t at = range.begin; at < range.end; ++at) {
                const uint64_t value = segment.value(at), rest = value >> own.id_bits(), id = segment.id(value);
                const uint64_t found = (bucket << own.rest_bits() | rest) << layout_.id_bits() | (id + shift);
                sound &= rest >> own.rest_bits() == 0 && id <= own.last - own.first && (empty || found > before);
                before = found, empty = false;
                from_[size_] = found;
                size_ += !expires || !any_expired(own.first + id, own.first + id);
            }
        }
        if (!sound) throw std::invalid_argument("the postings of a segment are damaged");
        if (size_ > (ends_.empty() ? 0 : ends_.back())) ends_.push_back(size_);
    }

    void merge_into(SegmentWriter& writer, uint64_t stretch) {
        while (ends_.size() > 1) merge_pairs();
        const unsigned bits = layout_.rest_bits() + layout_.id_bits();
        const uint64_t mask = ones(bits), first = stretch << (layout_.bucket_bits - bits_);
        for (size_t i = 0; i < size_; ++i) writer.write(first + (from_[i] >> 1 >> (bits - 1)), from_[i] & mask);
    }

   private:
    bool any_expired(int64_t first, int64_t last) const {
        const auto range = std::lower_bound(expired_.begin(), expired_.end(), first,
                                            [](const NumberRange& one, int64_t number) { return one.last < number; });
        return range != expired_.end() && range->first <= last;
    }

    void merge_pairs() {
        to_.reserve(size_);
        size_t begin = 0, merged = 0;
        for (size_t run = 0; run < ends_.size(); run += 2) {
            const size_t middle = ends_[run], end = run + 1 < ends_.size() ? ends_[run + 1] : middle;
            merge_two(from_.data(), begin, middle, end);
            ends_[merged++] = begin = end;
        }
        ends_.resize(merged);
        std::swap(from_, to_);
    }

    // Without branches that depend on what is merged.
    void merge_two(const uint64_t* from, size_t begin, size_t middle, size_t end) {
        uint64_t* out = to_.data() + begin;
        size_t one = begin, two = middle;
        while (one < middle && two < end) {
            const uint64_t a = from[one], b = from[two];
            const bool second = b < a;
            *out++ = second ? b : a;
            two += second;
            one += !second;
        }
        out = std::copy(from + one, from + middle, out);
        std::copy(from + two, from + end, out);
    }

    const Layout layout_;
    const std::vector<NumberRange>& expired_;
    const unsigned bits_;
    Buffer<uint64_t> from_, to_;
    size_t size_ = 0;
    std::vector<size_t> ends_;
};

}  // namespace

size_t merge(const std::vector<SegmentPostings>& segments, const std::vector<NumberRange>& expired, uint8_t* out) {
    const Layout layout = merged_layout(segments);
    unsigned bits = layout.bucket_bits;
    for (const SegmentPostings& segment : segments) bits = std::min(bits, segment.layout().bucket_bits);
    SegmentWriter writer(layout, out);
    Stretches stretches(layout, expired, bits);
    for (uint64_t stretch = 0; stretch >> bits == 0; ++stretch) {
        stretches.start();
        for (const SegmentPostings& segment : segments) stretches.gather(segment, stretch);
        stretches.merge_into(writer, stretch);
    }
    return writer.finish();
}

}  // namespace dedup
