#include "ledger.h"

#include <algorithm>
#include <tuple>

namespace dedup {
namespace {

constexpr double PAIRED = 0.4;  // Dice of two sentences from which one is taken for a version of the other

// The tokens of the sentence that `at` is in.
Span sentence_around(const Side& side, int32_t at) {
    const int64_t* const begin = side.sentence;
    const int64_t* const end = begin + side.tokens.size;
    const int64_t number = begin[at];
    return {static_cast<int32_t>(std::lower_bound(begin, begin + at, number) - begin),
            static_cast<int32_t>(std::upper_bound(begin + at, end, number) - begin)};
}

bool untouched(const int8_t* labels, Span span) {
    return std::all_of(labels + span.start, labels + span.end, [](int8_t label) { return label == CUT_OR_ADDED; });
}

void rewrite(int8_t* labels, Span span) {
    std::replace(labels + span.start, labels + span.end, int8_t{CUT_OR_ADDED}, int8_t{REWRITTEN});
}

}  // namespace

void Ledger::align(const Side& reference, const Side& article, const Run* counted, size_t count, int64_t max_cells,
                   std::vector<Rewrite>& rewrites) {
    reference_ = reference;
    article_ = article;
    max_cells_ = max_cells;
    for (const Side& side : {reference, article}) {
        std::fill_n(side.labels, side.tokens.size, int8_t{CUT_OR_ADDED});
        std::fill_n(side.partner, side.tokens.size, int64_t{-1});
    }
    book_runs(counted, count);
    cut_into_pieces(counted, count);
    find_options();
    const auto before = static_cast<std::ptrdiff_t>(rewrites.size());
    book_pairs(rewrites);
    std::sort(rewrites.begin() + before, rewrites.end(), [](const Rewrite& a, const Rewrite& b) {
        return std::tie(a.start_r, a.end_r, a.start_d, a.end_d) < std::tie(b.start_r, b.end_r, b.start_d, b.end_d);
    });
}

void Ledger::book(int32_t r, int32_t d, int32_t n, int8_t label) {
    for (int32_t k = 0; k < n; ++k) {
        reference_.labels[r + k] = article_.labels[d + k] = label;
        reference_.partner[r + k] = d + k;
        article_.partner[d + k] = r + k;
    }
}

void Ledger::book_runs(const Run* counted, size_t count) {
    const std::vector<Run>& chain = chain_.heaviest(counted, count, reference_.tokens.hashes);
    for (size_t at = 0; at < count; ++at) {
        const Run& run = counted[at];
        book(run.r, run.d, run.n, std::binary_search(chain.begin(), chain.end(), run) ? KEPT : MOVED);
    }
}

// Every run cut at the sentence ends of both sides.
void Ledger::cut_into_pieces(const Run* counted, size_t count) {
    pieces_.clear();
    for (size_t at = 0; at < count; ++at) {
        const auto [r, d, n] = counted[at];
        const int64_t *const in_r = reference_.sentence + r, *const in_d = article_.sentence + d;
        for (int32_t start = 0; start < n;) {
            int32_t end = start + 1;
            while (end < n && in_r[end] == in_r[start] && in_d[end] == in_d[start]) ++end;
            pieces_.push_back({in_r[start], in_d[start], {r + start, d + start, end - start}});
            start = end;
        }
    }
    std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) {
        return std::tie(a.sentence_r, a.sentence_d, a.run) < std::tie(b.sentence_r, b.sentence_d, b.run);
    });
}

void Ledger::find_options() {
    gaps_.clear();
    islets_.clear();
    options_.clear();
    for (size_t first = 0; first < pieces_.size();) {
        size_t end = first + 1;
        while (end < pieces_.size() && pieces_[end].sentence_r == pieces_[first].sentence_r &&
               pieces_[end].sentence_d == pieces_[first].sentence_d)
            ++end;
        add_option(pieces_.data() + first, end - first);
        first = end;
    }
    std::sort(options_.begin(), options_.end(), [](const Option& a, const Option& b) {
        return a.dice != b.dice ? a.dice > b.dice : a.sum < b.sum;
    });
}

// All pieces of one pair of sentences; only a pair that has enough in common is kept.
void Ledger::add_option(const Piece* pieces, size_t count) {
    joined_.clear();
    for (size_t at = 0; at < count; ++at) joined_.push_back(pieces[at].run);
    const std::vector<Run>& chain = chain_.heaviest(joined_.data(), count, reference_.tokens.hashes);
    const Span r = sentence_around(reference_, pieces->run.r), d = sentence_around(article_, pieces->run.d);
    const size_t first_gap = gaps_.size(), first_islet = islets_.size();
    int64_t equal = 0, possible = 0;
    for (const Run& run : chain) equal += run.n;
    add_gaps(chain, r, d);
    for (size_t at = first_gap; at < gaps_.size(); ++at) {
        const Gap& gap = gaps_[at];
        possible += std::min(gap.r.end - gap.r.start, gap.d.end - gap.d.start);
    }
    const double tokens = static_cast<double>(static_cast<int64_t>(r.end) - r.start + d.end - d.start);
    const auto dice = [tokens](int64_t shared) { return static_cast<double>(2 * shared) / tokens; };
    if (dice(equal + possible) >= PAIRED) {  // else the islets, which cost most, cannot help
        for (size_t at = first_gap; at < gaps_.size(); ++at) {
            Gap& gap = gaps_[at];
            gap.first_islet = islets_.size();
            subsequence_.append({reference_.tokens.hashes + gap.r.start, gap.r.end - gap.r.start},
                                {article_.tokens.hashes + gap.d.start, gap.d.end - gap.d.start}, max_cells_, islets_);
            gap.islets = islets_.size() - gap.first_islet;
        }
        equal += static_cast<int64_t>(islets_.size() - first_islet);
    }
    if (dice(equal) >= PAIRED) {
        const uint64_t sum = static_cast<uint64_t>(pieces->sentence_r) + static_cast<uint64_t>(pieces->sentence_d);
        options_.push_back({dice(equal), sum, r, d, chain[0].r, first_gap, gaps_.size() - first_gap});
    } else {
        gaps_.resize(first_gap);
        islets_.resize(first_islet);
    }
}

// What lies between the runs of a sentence pair where both sides have something.
void Ledger::add_gaps(const std::vector<Run>& chain, Span r, Span d) {
    int32_t at_r = r.start, at_d = d.start;
    const auto gap_until = [&](int32_t end_r, int32_t end_d) {
        if (end_r > at_r && end_d > at_d) gaps_.push_back({{at_r, end_r}, {at_d, end_d}, 0, 0});
    };
    for (const Run& run : chain) {
        gap_until(run.r, run.d);
        at_r = run.r + run.n;
        at_d = run.d + run.n;
    }
    gap_until(r.end, d.end);
}

// Sentences are paired one to one, those with most in common first.
void Ledger::book_pairs(std::vector<Rewrite>& rewrites) {
    used_r_.assign(static_cast<size_t>(reference_.tokens.size), 0);
    used_d_.assign(static_cast<size_t>(article_.tokens.size), 0);
    for (const Option& option : options_) {
        uint8_t& used_r = used_r_[static_cast<size_t>(option.r.start)];
        uint8_t& used_d = used_d_[static_cast<size_t>(option.d.start)];
        if (used_r || used_d) continue;
        used_r = used_d = 1;
        const int8_t label = reference_.labels[option.joined];
        for (size_t at = 0; at < option.gaps; ++at) book_gap(gaps_[option.first_gap + at], label, rewrites);
    }
}

// Books the islets of a gap like the runs around it, and what is left facing each other as rewritten.
void Ledger::book_gap(const Gap& gap, int8_t label, std::vector<Rewrite>& rewrites) {
    if (!untouched(reference_.labels, gap.r) || !untouched(article_.labels, gap.d))
        return;  // a run of another sentence pair lies here
    const Match* const islets = islets_.data() + gap.first_islet;
    for (size_t at = 0; at < gap.islets; ++at) book(gap.r.start + islets[at].r, gap.d.start + islets[at].d, 1, label);
    const auto shorter = static_cast<size_t>(std::min(gap.r.end - gap.r.start, gap.d.end - gap.d.start));
    if (gap.islets == shorter) return;  // one side is kept whole: what the other has more is cut or added
    rewrite(reference_.labels, gap.r);
    rewrite(article_.labels, gap.d);
    int32_t at_r = gap.r.start, at_d = gap.d.start;
    const auto facing_until = [&](int32_t end_r, int32_t end_d) {
        if (end_r > at_r && end_d > at_d) rewrites.push_back({at_r, end_r, at_d, end_d});
    };
    for (size_t at = 0; at < gap.islets; ++at) {
        const int32_t r = gap.r.start + islets[at].r, d = gap.d.start + islets[at].d;
        facing_until(r, d);
        at_r = r + 1;
        at_d = d + 1;
    }
    facing_until(gap.r.end, gap.d.end);
}

}  // namespace dedup
