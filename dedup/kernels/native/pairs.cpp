#include "pairs.h"

#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "ledger.h"
#include "parallel.h"

namespace dedup {

// --- what Python gave, checked

TextPairs::TextPairs(const int64_t* rows, size_t count, size_t texts) {
    if (texts > std::numeric_limits<uint32_t>::max()) throw std::invalid_argument("there are too many texts");
    sides_.reserve(2 * count);
    for (size_t at = 0; at < 2 * count; ++at) {
        if (rows[at] < 0 || static_cast<uint64_t>(rows[at]) >= texts)
            throw std::out_of_range("pairs name the text " + std::to_string(rows[at]) + ", which there is not");
        sides_.push_back(static_cast<uint32_t>(rows[at]));
    }
}

PairTiles::PairTiles(const TextPairs& pairs, const std::vector<int32_t>& sizes, const int64_t* rows, size_t count,
                     const int64_t* offsets, size_t offset_count) {
    if (offset_count != pairs.size() + 1)
        throw std::invalid_argument("offsets must have one number more than pairs has rows");
    for (size_t at = 0; at < offset_count; ++at) {
        const int64_t least = at ? static_cast<int64_t>(offsets_.back()) : 0;
        if (offsets[at] < least || (at == 0 && offsets[at] != 0))
            throw std::invalid_argument("offsets must ascend from 0");
        offsets_.push_back(static_cast<size_t>(offsets[at]));
    }
    if (offsets_.back() != count) throw std::invalid_argument("offsets must end with the number of rows");
    runs_.reserve(count);
    tokens_.reserve(count + 1);
    tokens_.push_back(0);
    for (size_t pair = 0; pair < pairs.size(); ++pair) {
        const int64_t size_r = sizes[pairs.reference(pair)], size_d = sizes[pairs.article(pair)];
        for (size_t tile = first(pair); tile < end(pair); ++tile) {
            const int64_t r = rows[3 * tile], d = rows[3 * tile + 1], n = rows[3 * tile + 2];
            if (n < 1 || r < 0 || d < 0 || n > size_r || n > size_d || r > size_r - n || d > size_d - n)
                throw std::out_of_range("rows has a tile that is empty or outside its texts");
            runs_.push_back({static_cast<int32_t>(r), static_cast<int32_t>(d), static_cast<int32_t>(n)});
            tokens_.push_back(tokens_.back() + static_cast<size_t>(n));
        }
    }
}

namespace {

constexpr int32_t FLANK = 25;     // tokens between a tile that counts and a weak one that may lean on it
constexpr int32_t SENTENCE = 4;   // tokens of a sentence that can be covered
constexpr double PAIRED = 0.4;    // share of its tokens that covers a sentence

// Calls each(worker, pair) for every pair, with a worker of its own in each thread.
template <typename Worker, typename Each>
void for_pairs(const TextPairs& pairs, size_t threads, const Each& each) {
    std::vector<Worker> workers(threads);
    in_parallel(threads, pairs.size(), PAIR_CHUNK, [&](size_t thread, size_t begin, size_t end) {
        for (size_t pair = begin; pair < end; ++pair) each(workers[thread], pair);
    });
}

struct NoWorker {};

// --- tiles

// Whether a run's match keys are equal: equal hashes alone do not prove it.
bool proved(const Compared& reference, const Compared& article, const Run& run) {
    const int32_t r = reference.bounds[run.r], d = article.bounds[run.d];
    const int32_t bytes = reference.bounds[run.r + run.n] - r;
    return article.bounds[run.d + run.n] - d == bytes &&
           std::memcmp(reference.packed + r, article.packed + d, static_cast<size_t>(bytes)) == 0;
}

void append_tiles(Tiler& tiler, const Compared& reference, const Compared& article, const TileLimits& limits,
                  std::vector<Run>& out) {
    const int32_t size = reference.tokens.size;
    if (size && size == article.tokens.size && proved(reference, article, {0, 0, size})) {
        out.push_back({0, 0, size});
        return;
    }
    for (const Run& run : tiler.tiles(reference.tokens, article.tokens, limits)) {
        if (proved(reference, article, run)) out.push_back(run);
    }
}

}  // namespace

FoundTiles tiles_of_pairs(const std::vector<Compared>& texts, const TextPairs& pairs, const TileLimits& limits,
                          size_t threads) {
    std::vector<std::vector<Run>> chunks((pairs.size() + PAIR_CHUNK - 1) / PAIR_CHUNK);
    FoundTiles found;
    found.offsets.assign(pairs.size() + 1, 0);
    for_pairs<Tiler>(pairs, threads, [&](Tiler& tiler, size_t pair) {
        std::vector<Run>& runs = chunks[pair / PAIR_CHUNK];
        const size_t before = runs.size();
        append_tiles(tiler, texts[pairs.reference(pair)], texts[pairs.article(pair)], limits, runs);
        found.offsets[pair + 1] = static_cast<int64_t>(runs.size() - before);
    });
    for (size_t pair = 0; pair < pairs.size(); ++pair) found.offsets[pair + 1] += found.offsets[pair];
    found.rows.reserve(3 * static_cast<size_t>(found.offsets.back()));
    for (std::vector<Run>& runs : chunks) {
        for (const Run& run : runs) found.rows.insert(found.rows.end(), {run.r, run.d, run.n});
        std::vector<Run>().swap(runs);
    }
    return found;
}

// --- what is known of the tokens of tiles

void sizes_of_tiles(const std::vector<Compared>& texts, const TextPairs& pairs, const PairTiles& tiles,
                    const uint8_t* rare, int64_t* out, size_t threads) {
    for_pairs<NoWorker>(pairs, threads, [&](NoWorker&, size_t pair) {
        const Compared& reference = texts[pairs.reference(pair)];
        const Compared& article = texts[pairs.article(pair)];
        for (size_t tile = tiles.first(pair); tile < tiles.end(pair); ++tile) {
            const Run& run = tiles[tile];
            const uint8_t* const informative = rare + tiles.token(tile);
            int64_t all[2] = {}, some[2] = {};  // half words, outside and inside quote units
            for (int32_t k = 0; k < run.n; ++k) {
                const int64_t halves = reference.unspaced[run.r + k] ? 1 : 2;
                const size_t quoted = reference.unit[run.r + k] || article.unit[run.d + k];
                all[quoted] += halves;
                some[quoted] += informative[k] ? halves : 0;
            }
            int64_t* const row = out + 4 * tile;
            for (size_t quoted = 0; quoted < 2; ++quoted) {
                row[quoted] = all[quoted] / 2;
                row[2 + quoted] = some[quoted] / 2;
            }
        }
    });
}

// --- weak tiles between tiles that count

namespace {

struct Place {
    int32_t r, d;
};

bool operator<(const Place& a, const Place& b) { return a.r != b.r ? a.r < b.r : a.d < b.d; }

bool close(int32_t from, int32_t to) { return from <= to && static_cast<int64_t>(to) - from <= FLANK; }

// Whether one of the sorted ends stands close before the place.
bool leans_back(const std::vector<Place>& ends, Place at) {
    auto end = std::lower_bound(ends.begin(), ends.end(), Place{at.r - FLANK, -1});
    for (; end != ends.end() && end->r <= at.r; ++end) {
        if (close(end->d, at.d)) return true;
    }
    return false;
}

// Whether one of the sorted starts stands close behind the place.
bool leans_on(const std::vector<Place>& starts, Place at) {
    auto start = std::lower_bound(starts.begin(), starts.end(), Place{at.r, -1});
    for (; start != starts.end() && close(at.r, start->r); ++start) {
        if (close(at.d, start->d)) return true;
    }
    return false;
}

}  // namespace

void leaning_tiles(const std::vector<Compared>& texts, const TextPairs& pairs, const PairTiles& tiles,
                   const uint8_t* counted, bool* out) {
    std::vector<Place> starts, ends;  // of the tiles that count
    for (size_t pair = 0; pair < pairs.size(); ++pair) {
        starts.clear();
        ends.clear();
        for (size_t tile = tiles.first(pair); tile < tiles.end(pair); ++tile) {
            const auto [r, d, n] = tiles[tile];
            if (!counted[tile]) continue;
            starts.push_back({r, d});
            ends.push_back({r + n, d + n});
        }
        std::sort(starts.begin(), starts.end());
        std::sort(ends.begin(), ends.end());
        const int32_t size_r = texts[pairs.reference(pair)].tokens.size;
        const int32_t size_d = texts[pairs.article(pair)].tokens.size;
        for (size_t tile = tiles.first(pair); tile < tiles.end(pair); ++tile) {
            const auto [r, d, n] = tiles[tile];
            const Place start{r, d}, end{r + n, d + n};
            out[tile] = counted[tile] || (((r == 0 && d == 0) || leans_back(ends, start)) &&
                                          ((end.r == size_r && end.d == size_d) || leans_on(starts, end)));
        }
    }
}

// --- how much is covered

namespace {

// How much of a text is shared: the mean of its share of asked tokens and of those in covered sentences. The sums
// are whole numbers, so that the doubles are the twin's whatever the order.
double cover(const int64_t* partner, const uint8_t* asked, const int64_t* sentence, int32_t size) {
    int64_t wanted = 0, shared = 0, covered = 0;
    for (int32_t start = 0, end = 0; start < size; start = end) {
        int64_t inside = 0, here = 0;
        for (; end < size && sentence[end] == sentence[start]; ++end) {
            const bool is_shared = partner[end] >= 0, is_asked = asked[end] != 0;
            inside += is_shared;
            here += is_asked;
            shared += is_shared && is_asked;
        }
        wanted += here;
        const int32_t total = end - start;
        if (total >= SENTENCE && static_cast<double>(inside) >= PAIRED * static_cast<double>(total)) covered += here;
    }
    if (!wanted) return 0.0;
    const auto all = static_cast<double>(wanted);
    return (static_cast<double>(shared) / all + static_cast<double>(covered) / all) / 2;
}

// Books one pair after the other, in buffers that are used again.
class Booker {
   public:
    void book(const Compared& reference, const Compared& article, const PairTiles& tiles, size_t first, size_t end,
              const uint8_t* counted, int64_t max_cells) {
        counts_.clear();
        for (size_t tile = first; tile < end; ++tile) {
            if (counted[tile]) counts_.push_back(tiles[tile]);
        }
        rewrites_.clear();
        ledger_.align(side(0, reference), side(1, article), counts_.data(), counts_.size(), max_cells, rewrites_);
    }

    bool counts() const { return !counts_.empty(); }

    // Tokens kept, moved, rewritten in the reference and in the article, cut, added.
    void write_counts(int64_t* out) const {
        int64_t booked[2][4] = {};
        for (size_t which = 0; which < 2; ++which) {
            for (const int8_t label : labels_[which]) ++booked[which][label];
        }
        const auto& [r, d] = booked;
        const int64_t row[6] = {r[KEPT], r[MOVED], r[REWRITTEN], d[REWRITTEN], r[CUT_OR_ADDED], d[CUT_OR_ADDED]};
        std::copy_n(row, 6, out);
    }

    int64_t shared_quoted(const Compared& article) const {
        int64_t shared = 0;
        for (size_t i = 0; i < partner_[1].size(); ++i) shared += partner_[1][i] >= 0 && article.unit[i];
        return shared;
    }

    // Tokens outside tiles are asked for, those within where `asked` says so.
    double cover_of(size_t which, const Compared& text, const PairTiles& tiles, size_t first, size_t end,
                    const uint8_t* asked) {
        wanted_.assign(static_cast<size_t>(text.tokens.size), 1);
        for (size_t tile = first; tile < end; ++tile) {
            const Run& run = tiles[tile];
            std::copy_n(asked + tiles.token(tile), run.n, wanted_.begin() + (which ? run.d : run.r));
        }
        return cover(partner_[which].data(), wanted_.data(), text.sentence, text.tokens.size);
    }

   private:
    Side side(size_t which, const Compared& text) {
        labels_[which].resize(static_cast<size_t>(text.tokens.size));
        partner_[which].resize(static_cast<size_t>(text.tokens.size));
        return {text.tokens, text.sentence, labels_[which].data(), partner_[which].data()};
    }

    Ledger ledger_;
    std::vector<Run> counts_;
    std::vector<Rewrite> rewrites_;
    std::vector<int8_t> labels_[2];
    std::vector<int64_t> partner_[2];
    std::vector<uint8_t> wanted_;
};

}  // namespace

void ledgers_of_pairs(const std::vector<Compared>& texts, const TextPairs& pairs, const PairTiles& tiles,
                      const uint8_t* counted, const uint8_t* asked, int64_t max_cells, const BooksOut& out,
                      size_t threads) {
    for_pairs<Booker>(pairs, threads, [&](Booker& booker, size_t pair) {
        const Compared& reference = texts[pairs.reference(pair)];
        const Compared& article = texts[pairs.article(pair)];
        const size_t first = tiles.first(pair), end = tiles.end(pair);
        booker.book(reference, article, tiles, first, end, counted, max_cells);
        booker.write_counts(out.counts + 6 * pair);
        out.shared_quoted[pair] = booker.shared_quoted(article);
        const bool counts = booker.counts();
        out.covers[2 * pair] = counts ? booker.cover_of(0, reference, tiles, first, end, asked) : 0.0;
        out.covers[2 * pair + 1] = counts ? booker.cover_of(1, article, tiles, first, end, asked) : 0.0;
    });
}

}  // namespace dedup
