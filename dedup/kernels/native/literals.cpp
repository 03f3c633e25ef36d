#include "literals.h"

#include <algorithm>
#include <stdexcept>

namespace dedup {

namespace {

constexpr unsigned TABLE_BITS = 16;

}  // namespace

template <typename Unit>
uint32_t LiteralFinder::hash(const Unit* units) const {
    uint32_t h = 0;
    for (size_t i = 0; i < prefix_; ++i) h = (h ^ units[i]) * 0x9E3779B1u;
    return h >> (32 - TABLE_BITS);
}

LiteralFinder::LiteralFinder(std::vector<std::vector<uint32_t>> literals)
    : literals_(std::move(literals)), seen_((size_t{1} << TABLE_BITS) / 64) {
    for (const std::vector<uint32_t>& units : literals_) {
        if (units.size() < 2) throw std::invalid_argument("a literal has 2 units at least");
        prefix_ = std::min(prefix_, units.size());
    }
    for (uint32_t number = 0; number < literals_.size(); ++number) {
        const uint32_t h = hash(literals_[number].data());
        begins_.push_back({h, number});
        seen_[h / 64] |= 1ull << (h % 64);
    }
    std::stable_sort(begins_.begin(), begins_.end(), [](Begin a, Begin b) { return a.hash < b.hash; });
}

template <typename Unit>
std::vector<Hit> LiteralFinder::find(const Unit* text, size_t n) const {
    std::vector<Hit> hits;
    for (size_t at = 0; at + prefix_ <= n; ++at) {
        const uint32_t h = hash(text + at);
        if (!(seen_[h / 64] >> (h % 64) & 1)) continue;
        auto begin = std::lower_bound(begins_.begin(), begins_.end(), h, [](Begin b, uint32_t wanted) { return b.hash < wanted; });
        for (; begin != begins_.end() && begin->hash == h; ++begin) {
            const std::vector<uint32_t>& units = literals_[begin->literal];
            if (units.size() > n - at || !std::equal(units.begin(), units.end(), text + at)) continue;
            hits.push_back({static_cast<int64_t>(at), begin->literal});
        }
    }
    return hits;
}

template std::vector<Hit> LiteralFinder::find(const uint8_t*, size_t) const;
template std::vector<Hit> LiteralFinder::find(const uint16_t*, size_t) const;
template std::vector<Hit> LiteralFinder::find(const uint32_t*, size_t) const;

}  // namespace dedup
