// Tiles, the heaviest chain through them, and a common subsequence: the answers that ../sequence.py defines.
// Each class holds the buffers of its work, which are used again from one pair of texts to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dedup {

// The token hashes of a text. Places in it are 32 bits wide: callers turn longer texts away.
struct Tokens {
    const uint64_t* hashes;
    int32_t size;
};

// A common run of tokens: where it starts in the reference and in the article, and how many tokens it has.
struct Run {
    int32_t r, d, n;
};

inline bool operator<(const Run& a, const Run& b) {
    if (a.r != b.r) return a.r < b.r;
    return a.d != b.d ? a.d < b.d : a.n < b.n;
}

// Two places that hold the same token.
struct Match {
    int32_t r, d;
};

struct TileLimits {
    int64_t minimum;    // tokens of a tile, at least 1
    int64_t max_seeds;  // that one shingle may make
    int64_t max_runs;   // that are laid as tiles
};

class Tiler {
   public:
    // The tiles of two texts, sorted by place; they stay until the next call.
    const std::vector<Run>& tiles(Tokens reference, Tokens article, const TileLimits& limits);

   private:
    // Places in the reference and in the article of one shingle: the first of each and how many, chained by next_.
    struct Slot {
        int32_t first_r, count_r, first_d, count_d;
    };
    // A run that may be laid. What orders it is ready but for the hash of its tokens, which is rarely needed.
    struct Candidate {
        Run run;
        int32_t displaced;
        mutable bool hashed;
        mutable uint64_t content;
    };

    Slot& slot_of(uint64_t shingle);
    void index_reference();
    bool look_up_article();
    void whole_runs();
    void repetitive_runs();
    void add_seeds(const Slot& slot);
    void add(const Run& run);
    void keep_longest();
    bool after(const Candidate& a, const Candidate& b) const;
    uint64_t content(const Candidate& candidate) const;
    void lay();
    void push_free_parts(const Run& run);

    Tokens reference_{}, article_{};
    TileLimits limits_{};
    int32_t size_ = 0;  // tokens of a shingle
    unsigned shift_ = 0;
    std::vector<uint64_t> shingles_r_, shingles_d_, seeds_;
    std::vector<Slot> slots_;
    std::vector<int32_t> next_r_, next_d_;
    std::vector<int32_t> match_;  // of each shingle of the article: its first place in the reference
    std::vector<int32_t> here_r_, here_d_;
    std::vector<Candidate> heap_;
    std::vector<uint8_t> taken_r_, taken_d_;
    std::vector<Run> chosen_;
};

class Chain {
   public:
    // The heaviest chain through `count` runs of at least one token each, ascending; it stays until the next call.
    const std::vector<Run>& heaviest(const Run* runs, size_t count, const uint64_t* reference);

   private:
    using Sum = unsigned __int128;  // of up to 2^64 hashes
    struct Best {
        int64_t weight, nearness;  // tokens; minus the displacements
        int32_t last;              // index of the last run, -1 for no run
    };

    bool increasing() const;
    bool better(const Best& a, const Best& b);
    Sum content(int32_t last);
    int64_t place(int32_t last) const;

    const uint64_t* reference_ = nullptr;
    std::vector<Run> ordered_, chain_;
    std::vector<int32_t> places_, before_, unsummed_;
    std::vector<Best> best_;
    std::vector<uint8_t> summed_;
    std::vector<Sum> sums_;
};

class Subsequence {
   public:
    // Appends the matches of a longest common subsequence; what would need more than `max_cells` is left out.
    void append(Tokens a, Tokens b, int64_t max_cells, std::vector<Match>& out);

   private:
    void append_table(Tokens a, Tokens b, int32_t offset, bool swapped, std::vector<Match>& out);

    std::vector<uint32_t> cells_;
};

}  // namespace dedup
