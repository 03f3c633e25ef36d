// Many literals looked for in one pass over a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dedup {

struct Hit {
    int64_t at;
    int64_t literal;
};

// The units that begin a literal (as many as the shortest has, 4 at most) are looked up in a table of bits; where one
// is set, the literals that begin so are compared.
class LiteralFinder {
public:
    explicit LiteralFinder(std::vector<std::vector<uint32_t>> literals);

    // All hits, by place, then by number. Units are those of a Python string, or bytes.
    template <typename Unit>
    std::vector<Hit> find(const Unit* text, size_t n) const;

private:
    struct Begin {
        uint32_t hash, literal;
    };

    template <size_t PREFIX, typename Unit>
    std::vector<Hit> find_by(const Unit* text, size_t n) const;

    std::vector<std::vector<uint32_t>> literals_;
    size_t prefix_ = 4;
    unsigned bits_ = 8;  // of a hash
    std::vector<Begin> begins_;  // sorted
    std::vector<uint64_t> seen_;
};

}  // namespace dedup
