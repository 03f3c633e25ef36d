#include "literals.h"

#include <algorithm>
#include <stdexcept>

namespace dedup {

namespace {

constexpr unsigned TABLE_BITS = 16;

// Of the low halves of PREFIX units: enough to tell letters apart, and cheap.
template <size_t PREFIX, typename Unit>
uint32_t hash(const Unit* units) {
    uint64_t key = 0;
    for (size_t i = 0; i < PREFIX; ++i) key |= static_cast<uint64_t>(static_cast<uint16_t>(units[i])) << (16 * i);
    return static_cast<uint32_t>((key * 0x9E3779B97F4A7C15) >> (64 - TABLE_BITS));
}

template <typename Unit>
uint32_t hash(size_t prefix, const Unit* units) {
    return prefix == 2 ? hash<2>(units) : prefix == 3 ? hash<3>(units) : hash<4>(units);
}

}  // namespace

LiteralFinder::LiteralFinder(std::vector<std::vector<uint32_t>> literals)
    : literals_(std::move(literals)), seen_((size_t{1} << TABLE_BITS) / 64) {
    for (const std::vector<uint32_t>& units : literals_) {
        if (units.size() < 2) throw std::invalid_argument("a literal has 2 units at least");
        prefix_ = std::min(prefix_, units.size());
    }
    for (uint32_t number = 0; number < literals_.size(); ++number) {
        const uint32_t h = hash(prefix_, literals_[number].data());
        begins_.push_back({h, number});
        seen_[h / 64] |= 1ull << (h % 64);
    }
    std::stable_sort(begins_.begin(), begins_.end(), [](Begin a, Begin b) { return a.hash < b.hash; });
}

template <size_t PREFIX, typename Unit>
std::vector<Hit> LiteralFinder::find_by(const Unit* text, size_t n) const {
    std::vector<Hit> hits;
    const uint64_t* const seen = seen_.data();
    for (size_t at = 0; at + PREFIX <= n; ++at) {
        const uint32_t h = hash<PREFIX>(text + at);
        if (!(seen[h / 64] >> (h % 64) & 1)) continue;
        auto begin = std::lower_bound(begins_.begin(), begins_.end(), h, [](Begin b, uint32_t wanted) { return b.hash < wanted; });
        for (; begin != begins_.end() && begin->hash == h; ++begin) {
            const std::vector<uint32_t>& units = literals_[begin->literal];
            if (units.size() > n - at || !std::equal(units.begin(), units.end(), text + at)) continue;
            hits.push_back({static_cast<int64_t>(at), begin->literal});
        }
    }
    return hits;
}

template <typename Unit>
std::vector<Hit> LiteralFinder::find(const Unit* text, size_t n) const {
    return prefix_ == 2 ? find_by<2>(text, n) : prefix_ == 3 ? find_by<3>(text, n) : find_by<4>(text, n);
}

template std::vector<Hit> LiteralFinder::find(const uint8_t*, size_t) const;
template std::vector<Hit> LiteralFinder::find(const uint16_t*, size_t) const;
template std::vector<Hit> LiteralFinder::find(const uint32_t*, size_t) const;

}  // namespace dedup
