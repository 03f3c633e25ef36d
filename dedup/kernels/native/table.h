// The table of match keys: what each code point is compared as (made by make_table.py from ../character.py).
#pragma once

#include <cstddef>
#include <cstdint>

namespace dedup {

// The class of a folded character. The first four are also the states of the tokeniser: what it is in.
enum Class : uint32_t { SEPARATES, WORD, DIGIT, UNSPACED, MARK, APOSTROPHE, COMMA, DROPPED };

// An entry: three bytes of output, their number, the class, and two flags.
constexpr uint32_t COPY = 1u << 29;     // the output is the character itself
constexpr uint32_t EXPANDS = 1u << 30;  // the output is a run of EXPANSIONS, or a syllable of Hangul (length 0)
constexpr uint32_t CONTEXTUAL = 1u << 31;      // in SHORT alone: depends on what stands around it, or is one of the above

constexpr uint32_t class_in(uint32_t entry) { return (entry >> 26) & 7; }
constexpr uint32_t length_in(uint32_t entry) { return (entry >> 24) & 3; }

extern const uint16_t PAGE_OF[];
extern const uint32_t ENTRIES[];
extern const uint8_t EXPANSIONS[];
extern const uint32_t* const SHORT;  // the entries of the 2,048 code points of one or two bytes, with CONTEXTUAL

constexpr uint32_t LAST_CODE_POINT = 0x10FFFF;

// The entry of a code point up to LAST_CODE_POINT.
inline uint32_t entry_of(uint32_t point) { return ENTRIES[PAGE_OF[point >> 6] * 64u + (point & 63)]; }

struct Character {
    uint32_t point;
    uint32_t bytes;
};

// The character at p, which has 4 readable bytes. What is no UTF-8 becomes some code point or other in range:
// callers validate before, memory is safe without.
inline Character decode(const uint8_t* p) {
    const uint32_t b = p[0];
    if (b < 0x80) return {b, 1};
    if (b < 0xE0) return {(b & 0x1F) << 6 | (p[1] & 0x3Fu), 2};
    if (b < 0xF0) return {(b & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu), 3};
    const uint32_t point = (b & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    return {point <= LAST_CODE_POINT ? point : ' ', 4};
}

}  // namespace dedup
