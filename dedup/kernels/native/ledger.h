// Tiles -> ledger: every token booked exactly once, as ../ledger.py defines it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sequence.h"

namespace dedup {

enum Label : int8_t { CUT_OR_ADDED = 0, KEPT = 1, MOVED = 2, REWRITTEN = 3 };

// Tokens from start on, before end.
struct Span {
    int32_t start, end;
};

// One text of a pair: its tokens, the sentence of each (ascending, from 0), and where they are booked.
struct Side {
    Tokens tokens;
    const int64_t* sentence;
    int8_t* labels;
    int64_t* partner;
};

// Rewritten passages that face each other, as spans of tokens.
struct Rewrite {
    int64_t start_r, end_r, start_d, end_d;
};

// Holds the buffers of its work, which are used again from one pair of texts to the next.
class Ledger {
   public:
    // Books every token, given `count` runs that count, each of at least one token and within both texts.
    // Appends the rewrites, sorted.
    void align(const Side& reference, const Side& article, const Run* counted, size_t count, int64_t max_cells,
               std::vector<Rewrite>& rewrites);

   private:
    // The part of a run that lies in one sentence of either side.
    struct Piece {
        int64_t sentence_r, sentence_d;
        Run run;
    };
    // What lies between two runs of a sentence pair, with its islets from first_islet on.
    struct Gap {
        Span r, d;
        size_t first_islet, islets;
    };
    // Two sentences that may be paired, with what orders them: the twin's other keys part options of the same sum,
    // which share no sentence, and so change nothing.
    struct Option {
        double dice;
        uint64_t sum;  // of the sentence numbers
        Span r, d;
        int32_t joined;  // the first token of the reference in a run
        size_t first_gap, gaps;
    };

    void book_runs(const Run* counted, size_t count);
    void cut_into_pieces(const Run* counted, size_t count);
    void find_options();
    void add_option(const Piece* pieces, size_t count);
    void add_gaps(const std::vector<Run>& chain, Span r, Span d);
    void book_pairs(std::vector<Rewrite>& rewrites);
    void book_gap(const Gap& gap, int8_t label, std::vector<Rewrite>& rewrites);
    void book(int32_t r, int32_t d, int32_t n, int8_t label);

    Side reference_{}, article_{};
    int64_t max_cells_ = 0;
    Chain chain_;
    Subsequence subsequence_;
    std::vector<Piece> pieces_;
    std::vector<Run> joined_;
    std::vector<Gap> gaps_;
    std::vector<Match> islets_;
    std::vector<Option> options_;
    std::vector<uint8_t> used_r_, used_d_;  // by the first token of a sentence
};

}  // namespace dedup
