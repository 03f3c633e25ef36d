// Many pairs of texts at once: their tiles, what is known of them, and how much they cover, as ../pairs.py defines it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sequence.h"

namespace dedup {

// A text that is compared: the tokens with their packed match keys, and of each token whether it is a letter of a
// script without spaces, its sentence (ascending) and whether it is in a quote unit.
struct Compared {
    Tokens tokens;
    const char* packed;
    const int32_t* bounds;
    const uint8_t* unspaced;
    const int64_t* sentence;
    const uint8_t* unit;
};

// Pairs of texts, reference first. A checked copy of rows that Python gave, as are the tiles below.
class TextPairs {
   public:
    // `count` rows of two. Throws std::out_of_range where one names none of the `texts`.
    TextPairs(const int64_t* rows, size_t count, size_t texts);

    size_t size() const { return sides_.size() / 2; }
    size_t reference(size_t pair) const { return sides_[2 * pair]; }
    size_t article(size_t pair) const { return sides_[2 * pair + 1]; }

   private:
    std::vector<uint32_t> sides_;
};

// The tiles of all pairs, on end.
class PairTiles {
   public:
    // `count` rows of three, of texts of these `sizes`, divided by `offsets`, one more than there are pairs. Throws
    // std::invalid_argument or std::out_of_range where they do not fit the pairs.
    PairTiles(const TextPairs& pairs, const std::vector<int32_t>& sizes, const int64_t* rows, size_t count,
              const int64_t* offsets, size_t offset_count);

    size_t size() const { return runs_.size(); }
    size_t tokens() const { return tokens_.back(); }
    size_t first(size_t pair) const { return offsets_[pair]; }
    size_t end(size_t pair) const { return offsets_[pair + 1]; }
    const Run& operator[](size_t tile) const { return runs_[tile]; }
    size_t token(size_t tile) const { return tokens_[tile]; }  // of all tiles, the first token of this one

   private:
    std::vector<Run> runs_;
    std::vector<size_t> offsets_, tokens_;
};

constexpr size_t PAIR_CHUNK = 16;  // pairs that a thread takes at a time

struct FoundTiles {
    std::vector<int64_t> rows, offsets;  // (k, 3) and (m + 1,)
};

// What each does is said at its twin. `threads` change the time it takes and nothing else.
FoundTiles tiles_of_pairs(const std::vector<Compared>& texts, const TextPairs& pairs, const TileLimits& limits,
                          size_t threads);
void sizes_of_tiles(const std::vector<Compared>& texts, const TextPairs& pairs, const PairTiles& tiles,
                    const uint8_t* rare, int64_t* out, size_t threads);
void leaning_tiles(const std::vector<Compared>& texts, const TextPairs& pairs, const PairTiles& tiles,
                   const uint8_t* counted, bool* out);

// Rows of 6, 1 and 2 values a pair.
struct BooksOut {
    int64_t* counts;
    int64_t* shared_quoted;
    double* covers;
};
void ledgers_of_pairs(const std::vector<Compared>& texts, const TextPairs& pairs, const PairTiles& tiles,
                      const uint8_t* counted, const uint8_t* asked, int64_t max_cells, const BooksOut& out,
                      size_t threads);

}  // namespace dedup
