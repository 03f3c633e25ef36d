#include "commonness.h"

#include <algorithm>
#include <array>
#include <utility>

#include "parallel.h"

namespace dedup {

namespace {

constexpr int32_t LONGEST_PHRASE = 8;   // tokens
constexpr int32_t PHRASE_GROWTH = 16;   // tokens of a tile that make the phrase one token longer
constexpr size_t RECURS = 3;            // days of overlapping articles that make them a template and not late copies
constexpr int64_t UNDATED = -1000000000;

}  // namespace

// --- overlapping articles

struct OverlapCounter {
    std::vector<int64_t> common;  // fingerprints, of each article; all 0 between texts
    std::vector<uint32_t> met;
};

FoundLists CorpusCommonness::overlapping(const std::vector<Stretch<uint64_t>>& fingerprints, double share,
                                         size_t threads) const {
    std::vector<std::vector<int64_t>> found(fingerprints.size());
    overlap_counters_.in_parallel(threads, fingerprints.size(), [&](OverlapCounter& own, size_t text) {
        own.common.resize(articles());
        const Stretch<uint64_t> prints = fingerprints[text];
        for (size_t at = 0; at < prints.size; ++at) prints_.fetch_bucket(mixed_key(prints.data[at]));
        for (size_t at = 0; at < prints.size; ++at) prints_.fetch_postings(mixed_key(prints.data[at]));
        for (size_t at = 0; at < prints.size; ++at) {
            const Postings::Range range = prints_.find(mixed_key(prints.data[at]));
            for (size_t posting = range.first; posting < range.end; ++posting) {
                const uint32_t article = prints_.carrier(posting);
                if (!own.common[article]++) own.met.push_back(article);
            }
        }
        std::sort(own.met.begin(), own.met.end());
        for (const uint32_t article : own.met) {
            const auto smaller = std::min(print_counts_[article], static_cast<int64_t>(prints.size));
            const int64_t common = std::exchange(own.common[article], 0);
            if (static_cast<double>(common) >= share * static_cast<double>(smaller)) found[text].push_back(article);
        }
        own.met.clear();
    });
    FoundLists lists;
    lists.offsets.push_back(0);
    for (const std::vector<int64_t>& one : found) {
        lists.values.insert(lists.values.end(), one.begin(), one.end());
        lists.offsets.push_back(static_cast<int64_t>(lists.values.size()));
    }
    return lists;
}

// --- common tokens

namespace {

// Whether two days are more than `far` apart, as NumPy's int64 has it.
bool apart(int64_t a, int64_t b, int64_t far) {
    const auto difference = static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
    return (difference < 0 ? static_cast<int64_t>(0 - static_cast<uint64_t>(difference)) : difference) > far;
}

}  // namespace

// Counts for one pair after the other, in buffers that are used again.
class CarrierCounter {
   public:
    void start(const CorpusCommonness& corpus) {
        if (corpus_) return;
        corpus_ = &corpus;
        excluded_.assign(corpus.articles(), 0);
        open_.assign(corpus.articles(), {NONE, NONE});
    }

    void exclude_related(const CommonQuery& query, size_t pair, size_t reference, size_t article);
    void mark_common(Stretch<uint64_t> words, int64_t needed, int64_t many, uint8_t* out);

   private:
    static constexpr size_t MANY_CARRIERS = 32;  // from which on it pays to look at the neighbours
    static constexpr size_t PROBE = 8;           // carriers that are walked in the time that one is searched for
    static constexpr int32_t NONE = -2;  // no shingle's place, nor the one before a place

    // The places of the first and last shingle of a run so far.
    struct Open {
        int32_t first, last;
    };

    bool far_by_day(int64_t day) const {
        return !days_count_ || (apart(day, day_r_, far_days_) && apart(day, day_d_, far_days_));
    }
    bool unrelated(uint32_t article) const {
        return excluded_[article] != stamp_ && far_by_day(corpus_->days()[article]);
    }
    int64_t size(int32_t place) const { return static_cast<size_t>(place) < sizes_.size() ? sizes_[place] : 0; }
    void look_up(Stretch<uint64_t> words);
    void bound_windows();
    int64_t bound(int32_t token) const;
    void extend(uint32_t article, int32_t place);
    std::array<Postings::Range, 2> beside(int32_t place, int32_t first, int32_t end) const;
    void visit(int32_t place, int32_t first, int32_t end, int64_t needed);
    void walk(int32_t first, int32_t end, int64_t needed);
    void close(Open& run);

    const CorpusCommonness* corpus_ = nullptr;
    bool days_count_ = false;
    int64_t day_r_ = 0, day_d_ = 0, far_days_ = 0;
    std::vector<uint64_t> excluded_;  // by article the stamp of the last pair that it is related to
    uint64_t stamp_ = 0;
    Phrases phrases_;
    int32_t window_ = 0;  // shingles of the shortest run that counts
    std::vector<Postings::Range> ranges_;
    std::vector<int64_t> sizes_, windows_;  // carriers of each shingle; see bound_windows
    std::vector<Open> open_;                // by article; none between stretches
    std::vector<uint32_t> met_;             // articles that have one
    std::vector<int64_t> counts_;           // differences from token to token
};

// Stamps the articles that are related to the pair whatever their day.
void CarrierCounter::exclude_related(const CommonQuery& query, size_t pair, size_t reference, size_t article) {
    ++stamp_;
    days_count_ = query.days_count[pair] != 0;
    day_r_ = query.days[2 * pair];
    day_d_ = query.days[2 * pair + 1];
    far_days_ = query.far_days;
    const auto each_near = [&](const auto& each) {
        for (const size_t text : {reference, article}) {
            for (int64_t at = query.near_offsets[text]; at < query.near_offsets[text + 1]; ++at)
                each(static_cast<size_t>(query.near_values[at]));
        }
    };
    int64_t days[RECURS];  // distinct days of those that are apart; more than RECURS change nothing
    size_t distinct = 0;
    if (days_count_) {
        each_near([&](size_t near) {
            const int64_t day = corpus_->days()[near];
            if (distinct == RECURS || day == UNDATED || !far_by_day(day)) return;
            if (std::find(days, days + distinct, day) == days + distinct) days[distinct++] = day;
        });
    }
    each_near([&](size_t near) {
        if (distinct < RECURS || corpus_->days()[near] == UNDATED) excluded_[near] = stamp_;
    });
}

// Where the postings of each shingle lie. Most of the time goes into waiting for memory: hence the two rounds before.
void CarrierCounter::look_up(Stretch<uint64_t> words) {
    const std::vector<uint64_t>& keys = phrases_.of(words);
    const Postings& phrases = corpus_->phrases();
    for (const uint64_t key : keys) phrases.fetch_bucket(key);
    for (const uint64_t key : keys) phrases.fetch_postings(key);
    ranges_.clear();
    sizes_.clear();
    for (const uint64_t key : keys) {
        ranges_.push_back(phrases.find(key));
        sizes_.push_back(static_cast<int64_t>(ranges_.back().size()));
    }
}

// For each window of `window_` shingles how many articles can carry all of them; summed, so that windows_[w] holds
// those of the windows that start before w.
void CarrierCounter::bound_windows() {
    windows_.assign(sizes_.size() + 1, 0);
    for (size_t start = 0; start < sizes_.size(); ++start) {
        const size_t end = start + static_cast<size_t>(window_);
        int64_t least = 0;
        if (end <= sizes_.size()) least = *std::min_element(sizes_.begin() + start, sizes_.begin() + end);
        windows_[start + 1] = windows_[start] + least;
    }
}

// At least as many as there are runs over a token t that count, related articles included.
//
// A run is maximal among the consecutive shingles of one article, and counts from `window_` shingles on; the shingle
// at place p lies over the tokens p to p + 2. A run over t either holds place t - 2, or starts at t - 1 or t. Of
// either kind an article has at most one, for two runs of an article have no place in common and one between them
// which is neither's. Of the first kind there are thus no more than place t - 2 has carriers, and no more than all
// windows together that hold t - 2, since one of them lies in the run. Of the second there are no more than the
// windows have that start at t - 1 and t, and, where the window is longer than one shingle, than place t has.
int64_t CarrierCounter::bound(int32_t token) const {
    const auto in_windows = [this](int32_t first, int32_t last) {
        const auto clipped = [this](int32_t at) {
            return windows_[static_cast<size_t>(std::clamp<int32_t>(at, 0, static_cast<int32_t>(sizes_.size())))];
        };
        return clipped(last + 1) - clipped(first);
    };
    const int64_t through = std::min(size(token - 2), in_windows(token - 1 - window_, token - 2));
    const int64_t starting = in_windows(token - 1, token);
    return through + (window_ > 1 ? std::min(starting, size(token)) : starting);
}

void CarrierCounter::close(Open& run) {
    if (run.last - run.first + 1 >= window_) {
        ++counts_[static_cast<size_t>(run.first)];
        --counts_[static_cast<size_t>(run.last) + PHRASE];
    }
    run = {NONE, NONE};
}

// Notes that an article carries the shingle at a place; places come in order.
void CarrierCounter::extend(uint32_t article, int32_t place) {
    Open& run = open_[article];
    if (run.last == place) return;
    if (run.last == NONE) met_.push_back(article);
    if (run.last != place - 1) {
        if (run.last != NONE) close(run);
        run.first = place;
    }
    run.last = place;
}

// Of a place's neighbours in the stretch one on either side, those with the fewest carriers together, such that each
// window over the place holds one of them: they are `window_` apart at most. Beyond the stretch there are none.
std::array<Postings::Range, 2> CarrierCounter::beside(int32_t place, int32_t first, int32_t end) const {
    const auto range = [&](int32_t at) {
        return at < first || at >= end ? Postings::Range{0, 0} : ranges_[static_cast<size_t>(at)];
    };
    std::array<Postings::Range, 2> best{range(place - 1), range(place + 1)};
    for (int32_t before = 1; before < window_; ++before) {
        for (int32_t after = 1; before + after <= window_; ++after) {
            const std::array<Postings::Range, 2> other{range(place - before), range(place + after)};
            if (other[0].size() + other[1].size() < best[0].size() + best[1].size()) best = other;
        }
    }
    return best;
}

// Notes the unrelated articles that carry the shingle at a place; not all, where that changes nothing.
//
// Stock words in a row have thousands of carriers, of which few carry the words beside them too. Where runs need two
// shingles, those that count here are found among the carriers of the neighbours: the runs of others may fall apart,
// as they do not count. Where one shingle is a run, `needed` articles make its three tokens common, and what more
// there are would add to these, or join runs over these, alone.
void CarrierCounter::visit(int32_t place, int32_t first, int32_t end, int64_t needed) {
    const Postings& phrases = corpus_->phrases();
    const Postings::Range here = ranges_[static_cast<size_t>(place)];
    if (window_ > 1 && here.size() > MANY_CARRIERS) {
        const auto sides = beside(place, first, end);
        if ((sides[0].size() + sides[1].size()) * PROBE < here.size()) {
            for (const Postings::Range& side : sides) {
                for (size_t at = side.first; at < side.end; ++at) {
                    const uint32_t article = phrases.carrier(at);
                    if (unrelated(article) && phrases.has(here, article)) extend(article, place);
                }
            }
            return;
        }
    }
    int64_t found = 0;
    for (size_t at = here.first; at < here.end && (window_ > 1 || found < needed); ++at) {
        const uint32_t article = phrases.carrier(at);
        if (!unrelated(article)) continue;
        extend(article, place);
        ++found;
    }
}

// Counts the runs that lie in a stretch of shingles, each cut to it.
void CarrierCounter::walk(int32_t first, int32_t end, int64_t needed) {
    for (int32_t place = first; place < end; ++place) visit(place, first, end, needed);
    for (const uint32_t article : met_) close(open_[article]);
    met_.clear();
}

// Only tokens whose bound reaches `needed` can be common. For such a token t it is enough to walk the places from
// t - window_ - 1 to t + window_ - 1, as far as there are any, or any stretch S that holds them all:
//   - A run over t that counts has `window_` places in a row whose tokens hold t, and these places are all among
//     those. Cut to S it is one run still, over t, and counts still.
//   - A run in S over t that counts is part of a run that does, and two of them of one article are parts of two, as
//     the place that parts them lies in S.
// So the runs over t are counted in S as they are in the whole tile. Over other tokens S shows no more than there are,
// which are fewer than `needed`.
// So they are up to the larger limit, `most`, which visit stops at.
void CarrierCounter::mark_common(Stretch<uint64_t> words, int64_t needed, int64_t many, uint8_t* out) {
    const int64_t least = std::min(needed, many), most = std::max(needed, many);
    std::fill_n(out, words.size, static_cast<uint8_t>((needed <= 0) + (many <= 0)));
    if (most <= 0 || words.size < PHRASE) return;
    const auto tokens = static_cast<int32_t>(words.size);
    const int32_t phrase = std::min(LONGEST_PHRASE, static_cast<int32_t>(PHRASE) + tokens / PHRASE_GROWTH);
    window_ = phrase - static_cast<int32_t>(PHRASE) + 1;
    look_up(words);
    bound_windows();
    counts_.assign(words.size + 1, 0);
    const auto places = static_cast<int32_t>(sizes_.size());
    int32_t first = 0, end = 0;  // the stretch so far
    for (int32_t token = 0; token < tokens; ++token) {
        if (bound(token) < least) continue;
        if (token - window_ - 1 > end) {
            walk(first, end, most);
            first = token - window_ - 1;
        }
        end = std::min(places, token + window_);
    }
    walk(first, end, most);
    int64_t count = 0;
    for (size_t token = 0; token < words.size; ++token) {
        count += counts_[token];
        out[token] = static_cast<uint8_t>((count >= needed) + (count >= many));
    }
}

void CorpusCommonness::common(const std::vector<Stretch<uint64_t>>& hashes, const TextPairs& pairs,
                              const PairTiles& tiles, const CommonQuery& query, uint8_t* out, size_t threads) const {
    carrier_counters_.in_parallel(threads, pairs.size(), [&](CarrierCounter& counter, size_t pair) {
        counter.start(*this);
        const size_t reference = pairs.reference(pair);
        counter.exclude_related(query, pair, reference, pairs.article(pair));
        for (size_t tile = tiles.first(pair); tile < tiles.end(pair); ++tile) {
            const Run& run = tiles[tile];
            const Stretch<uint64_t> words{hashes[reference].data + run.r, static_cast<size_t>(run.n)};
            counter.mark_common(words, query.needed[pair], query.many[pair], out + tiles.token(tile));
        }
    });
}

// --- the corpus

CorpusCommonness::CorpusCommonness(const std::vector<Stretch<uint64_t>>& hashes,
                                   const std::vector<Stretch<uint64_t>>& fingerprints, std::vector<int64_t> days,
                                   size_t threads)
    : days_(std::move(days)),
      prints_(fingerprints, Postings::KEYS, threads),
      phrases_(hashes, Postings::PHRASES, threads) {
    for (const Stretch<uint64_t>& own : fingerprints) print_counts_.push_back(static_cast<int64_t>(own.size));
}

CorpusCommonness::~CorpusCommonness() = default;

}  // namespace dedup
