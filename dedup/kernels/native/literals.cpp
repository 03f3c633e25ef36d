#include "literals.h"

#include <algorithm>
#include <stdexcept>

namespace dedup {

namespace {

constexpr size_t SPARE = 64;  // bits of the table to a literal: hardly one text place in so many is looked at in vain

// The low halves of PREFIX units side by side: enough to tell letters apart, and cheap.
template <size_t PREFIX, typename Unit>
uint64_t shifted_in(uint64_t key, Unit next) {
    return key >> 16 | static_cast<uint64_t>(static_cast<uint16_t>(next)) << (16 * (PREFIX - 1));
}

uint32_t hash(uint64_t key, unsigned bits) { return static_cast<uint32_t>((key * 0x9E3779B97F4A7C15) >> (64 - bits)); }

}  // namespace

LiteralFinder::LiteralFinder(std::vector<std::vector<uint32_t>> literals)
    : literals_(std::move(literals)) {
    for (const std::vector<uint32_t>& units : literals_) {
        if (units.size() < 2) throw std::invalid_argument("a literal has 2 units at least");
        prefix_ = std::min(prefix_, units.size());
    }
    while ((size_t{1} << bits_) < SPARE * literals_.size()) ++bits_;
    seen_.resize((size_t{1} << bits_) / 64);
    for (uint32_t number = 0; number < literals_.size(); ++number) {
        uint64_t key = 0;
        for (size_t i = 0; i < prefix_; ++i) key |= static_cast<uint64_t>(static_cast<uint16_t>(literals_[number][i])) << (16 * i);
        const uint32_t h = hash(key, bits_);
        begins_.push_back({h, number});
        seen_[h / 64] |= 1ull << (h % 64);
    }
    std::stable_sort(begins_.begin(), begins_.end(), [](Begin a, Begin b) { return a.hash < b.hash; });
}

template <size_t PREFIX, typename Unit>
std::vector<Hit> LiteralFinder::find_by(const Unit* text, size_t n) const {
    std::vector<Hit> hits;
    const uint64_t* const seen = seen_.data();
    const unsigned bits = bits_;
    uint64_t key = 0;
    for (size_t end = 0; end < std::min(PREFIX - 1, n); ++end) key = shifted_in<PREFIX>(key, text[end]);
    for (size_t at = 0; at + PREFIX <= n; ++at) {
        key = shifted_in<PREFIX>(key, text[at + PREFIX - 1]);
        const uint32_t h = hash(key, bits);
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
