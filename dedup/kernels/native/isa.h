// What is compiled once an instruction set (per_isa.cpp), and which of them is in use (dispatch.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "jsonl.h"
#include "scratch.h"

namespace dedup {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "keys, tables and hashes are read in this order");

struct Isa {
    const char* name;
    // Tokens of n bytes of UTF-8, into the scratch; their number. With origins, also where they stand in the text.
    size_t (*tokenise)(Scratch&, const uint8_t* text, size_t n, bool origins);
    // UTF-8 of n Latin-1, UCS2 or UCS4 code units (a lone surrogate as three bytes); returns the bytes written, at
    // most 2n, 3n or 4n.
    size_t (*encode8)(const uint8_t*, size_t n, uint8_t* out);
    size_t (*encode16)(const uint16_t*, size_t n, uint8_t* out);
    size_t (*encode32)(const uint32_t*, size_t n, uint8_t* out);
    bool (*valid_utf8)(const uint8_t* begin, const uint8_t* end);
    // Shingles of `size` tokens; `tokens` has room for 4 zeros behind n. Writes and returns max(1, n - size + 1).
    size_t (*shingles)(uint64_t* tokens, size_t n, size_t size, uint64_t* out);
    // `count` MinHash values of the shingles' low halves, with multipliers a and addends b.
    void (*signature)(const uint64_t* shingles, size_t n, const uint32_t* a, const uint32_t* b, size_t count, uint32_t* out);
    // Minima of every `window` consecutive hashes, in place; returns how many there are.
    size_t (*minima)(uint64_t* hashes, size_t n, size_t window);
    JsonlParse parse_jsonl;
};

// Those this machine can run, best first; `count` of them.
const Isa* const* usable_isas(size_t& count);
// The one in use: the best, unless use_isa chose another. False for a name that this machine cannot run.
const Isa& active_isa();
bool use_isa(const char* name);

}  // namespace dedup
