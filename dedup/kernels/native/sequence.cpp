#include "sequence.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "xxh3.h"

namespace dedup {
namespace {

constexpr int32_t SHINGLE_SIZE = 5;

uint64_t hash_of(const uint64_t* tokens, int32_t size) {
    return xxh3_64(reinterpret_cast<const uint8_t*>(tokens), static_cast<size_t>(size) * sizeof *tokens);
}

// As ../reference.py has them but for the mixing at the end: that is one to one, and only equality counts here.
void shingles(Tokens tokens, int32_t size, std::vector<uint64_t>& out) {
    constexpr uint64_t C[SHINGLE_SIZE] = {0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xAEF17502108EF2D9,
                                          0x8CB92BA72F3D8DD7, 0xDB4F0B9175AE2165};
    out.resize(static_cast<size_t>(tokens.size - size + 1));
    const uint64_t* t = tokens.hashes;
    if (size == SHINGLE_SIZE) {
        for (uint64_t& h : out) {
            h = C[0] * t[0] + C[1] * t[1] + C[2] * t[2] + C[3] * t[3] + C[4] * t[4];
            ++t;
        }
        return;
    }
    for (uint64_t& h : out) {
        h = 0;
        for (int32_t k = 0; k < size; ++k) h += C[k] * t[k];
        ++t;
    }
}

// The first place from `start` that holds `value`, else `end`.
int32_t find(const std::vector<uint8_t>& flags, uint8_t value, int32_t start, int32_t end) {
    const void* found = std::memchr(flags.data() + start, value, static_cast<size_t>(end - start));
    return found ? static_cast<int32_t>(static_cast<const uint8_t*>(found) - flags.data()) : end;
}

void take(std::vector<uint8_t>& flags, int32_t start, int32_t size) {
    std::memset(flags.data() + start, 1, static_cast<size_t>(size));
}

// How far a run stands from the same place in both texts, counted from the beginning or from the end.
int32_t displacement(const Run& run, int64_t size_r, int64_t size_d) {
    const int64_t shift = static_cast<int64_t>(run.r) - run.d;
    return static_cast<int32_t>(std::min(std::abs(shift), std::abs(size_r - size_d - shift)));
}

}  // namespace

// --- tiles

const std::vector<Run>& Tiler::tiles(Tokens reference, Tokens article, const TileLimits& limits) {
    chosen_.clear();
    if (std::min(reference.size, article.size) < limits.minimum) return chosen_;
    reference_ = reference;
    article_ = article;
    limits_ = limits;
    size_ = static_cast<int32_t>(std::min<int64_t>(limits.minimum, SHINGLE_SIZE));
    shingles(reference, size_, shingles_r_);
    shingles(article, size_, shingles_d_);
    heap_.clear();
    index_reference();
    if (look_up_article()) {
        repetitive_runs();
    } else {
        whole_runs();
    }
    keep_longest();
    lay();
    std::sort(chosen_.begin(), chosen_.end());
    return chosen_;
}

// Linear probing in a table that is at most half full; the upper bits of a product depend on all bits below.
Tiler::Slot& Tiler::slot_of(uint64_t shingle) {
    const size_t mask = slots_.size() - 1;
    size_t at = static_cast<size_t>((shingle * 0xD6E8FEB86659FD93) >> shift_);
    while (slots_[at].first_r >= 0 && shingles_r_[static_cast<size_t>(slots_[at].first_r)] != shingle)
        at = (at + 1) & mask;
    return slots_[at];
}

// From the last shingle to the first, so that the places of each come in ascending order.
void Tiler::index_reference() {
    size_t capacity = 2;
    shift_ = 63;
    for (; capacity < 2 * shingles_r_.size(); capacity *= 2) --shift_;
    slots_.assign(capacity, Slot{-1, 0, -1, 0});
    next_r_.resize(shingles_r_.size());
    for (size_t r = shingles_r_.size(); r-- > 0;) {
        Slot& slot = slot_of(shingles_r_[r]);
        next_r_[r] = slot.first_r;
        slot.first_r = static_cast<int32_t>(r);
        ++slot.count_r;
    }
}

// Whether some shingle would make more seeds than the bound.
bool Tiler::look_up_article() {
    bool repetitive = false;
    next_d_.resize(shingles_d_.size());
    match_.resize(shingles_d_.size());
    for (size_t d = shingles_d_.size(); d-- > 0;) {
        Slot& slot = slot_of(shingles_d_[d]);
        match_[d] = slot.first_r;
        if (slot.first_r < 0) continue;
        next_d_[d] = slot.first_d;
        slot.first_d = static_cast<int32_t>(d);
        ++slot.count_d;
        repetitive |= static_cast<int64_t>(slot.count_r) * slot.count_d > limits_.max_seeds;
    }
    return repetitive;
}

// Every pair of equal shingles is a seed, so a run is a stretch of equal shingles.
void Tiler::whole_runs() {
    const size_t size_r = shingles_r_.size(), size_d = shingles_d_.size();
    for (size_t d = 0; d < size_d; ++d) {
        for (int32_t first = match_[d]; first >= 0; first = next_r_[static_cast<size_t>(first)]) {
            const auto r = static_cast<size_t>(first);
            if (r && d && shingles_r_[r - 1] == shingles_d_[d - 1]) continue;  // inside a run
            size_t n = 1;
            while (r + n < size_r && d + n < size_d && shingles_r_[r + n] == shingles_d_[d + n]) ++n;
            add({first, static_cast<int32_t>(d), static_cast<int32_t>(n) + size_ - 1});
        }
    }
}

// Some seeds are left out, so runs may be broken where text repeats itself: each is made maximal by its tokens.
void Tiler::repetitive_runs() {
    seeds_.clear();
    for (const Slot& slot : slots_)
        if (slot.first_r >= 0 && slot.first_d >= 0) add_seeds(slot);
    std::sort(seeds_.begin(), seeds_.end());
    seeds_.erase(std::unique(seeds_.begin(), seeds_.end()), seeds_.end());
    const uint64_t *a = reference_.hashes, *b = article_.hashes;
    Run last{};
    for (size_t at = 0; at < seeds_.size();) {
        const size_t first = at++;
        while (at < seeds_.size() && seeds_[at] == seeds_[at - 1] + 1) ++at;
        const auto r = static_cast<int32_t>(seeds_[first] & 0xFFFFFFFF);
        const auto d = static_cast<int32_t>(int64_t{r} + article_.size - static_cast<int64_t>(seeds_[first] >> 32));
        const int32_t n = static_cast<int32_t>(at - first) + size_ - 1;
        if (last.n && last.r - last.d == r - d && last.r + last.n >= r + n) continue;  // inside the run before
        last = {r, d, n};
        while (last.r && last.d && a[last.r - 1] == b[last.d - 1]) --last.r, --last.d, ++last.n;
        const int32_t most = std::min(reference_.size - last.r, article_.size - last.d);
        while (last.n < most && a[last.r + last.n] == b[last.d + last.n]) ++last.n;
        add(last);
    }
}

// A shingle that would make too many is paired place by place from the front and from the back. A seed is its
// diagonal and its place in the reference, in one number that sorts.
void Tiler::add_seeds(const Slot& slot) {
    here_r_.clear();
    here_d_.clear();
    for (int32_t r = slot.first_r; r >= 0; r = next_r_[static_cast<size_t>(r)]) here_r_.push_back(r);
    for (int32_t d = slot.first_d; d >= 0; d = next_d_[static_cast<size_t>(d)]) here_d_.push_back(d);
    const auto seed = [this](int32_t r, int32_t d) {
        const int64_t diagonal = static_cast<int64_t>(r) - d + article_.size;
        seeds_.push_back(static_cast<uint64_t>(diagonal) << 32 | static_cast<uint32_t>(r));
    };
    if (static_cast<int64_t>(slot.count_r) * slot.count_d <= limits_.max_seeds) {
        for (const int32_t r : here_r_)
            for (const int32_t d : here_d_) seed(r, d);
        return;
    }
    const size_t n = std::min(here_r_.size(), here_d_.size());
    for (size_t k = 0; k < n; ++k) {
        seed(here_r_[k], here_d_[k]);
        seed(here_r_[here_r_.size() - n + k], here_d_[here_d_.size() - n + k]);
    }
}

void Tiler::add(const Run& run) {
    if (run.n < limits_.minimum) return;
    heap_.push_back({run, displacement(run, reference_.size, article_.size), false, 0});
}

// Longest first; ties by place and content, so that swapping the sides changes nothing.
bool Tiler::after(const Candidate& a, const Candidate& b) const {
    if (a.run.n != b.run.n) return a.run.n < b.run.n;
    if (a.displaced != b.displaced) return a.displaced > b.displaced;
    const int64_t sum_a = static_cast<int64_t>(a.run.r) + a.run.d, sum_b = static_cast<int64_t>(b.run.r) + b.run.d;
    if (sum_a != sum_b) return sum_a > sum_b;
    if (a.run.r == b.run.r) return false;  // the same run
    const uint64_t content_a = content(a), content_b = content(b);
    return content_a != content_b ? content_a > content_b : a.run.r > b.run.r;
}

uint64_t Tiler::content(const Candidate& candidate) const {
    if (!candidate.hashed) {
        candidate.content = hash_of(reference_.hashes + candidate.run.r, candidate.run.n);
        candidate.hashed = true;
    }
    return candidate.content;
}

void Tiler::keep_longest() {
    if (heap_.size() <= static_cast<uint64_t>(limits_.max_runs)) return;
    const auto earlier = [this](const Candidate& a, const Candidate& b) { return after(b, a); };
    const auto kept = heap_.begin() + limits_.max_runs;
    std::nth_element(heap_.begin(), kept, heap_.end(), earlier);
    heap_.erase(kept, heap_.end());
}

void Tiler::lay() {
    const auto later = [this](const Candidate& a, const Candidate& b) { return after(a, b); };
    taken_r_.assign(static_cast<size_t>(reference_.size), 0);
    taken_d_.assign(static_cast<size_t>(article_.size), 0);
    std::make_heap(heap_.begin(), heap_.end(), later);
    while (!heap_.empty()) {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const Run run = heap_.back().run;
        heap_.pop_back();
        const int32_t end_r = run.r + run.n, end_d = run.d + run.n;
        if (find(taken_r_, 1, run.r, end_r) == end_r && find(taken_d_, 1, run.d, end_d) == end_d) {
            chosen_.push_back(run);
            take(taken_r_, run.r, run.n);
            take(taken_d_, run.d, run.n);
        } else {
            push_free_parts(run);
        }
    }
}

void Tiler::push_free_parts(const Run& run) {
    const auto later = [this](const Candidate& a, const Candidate& b) { return after(a, b); };
    const auto [r, d, n] = run;
    for (int32_t at = 0; at < n;) {
        if (taken_r_[static_cast<size_t>(r + at)]) {
            at = find(taken_r_, 0, r + at, r + n) - r;
        } else if (taken_d_[static_cast<size_t>(d + at)]) {
            at = find(taken_d_, 0, d + at, d + n) - d;
        } else {
            const int32_t end = std::min(find(taken_r_, 1, r + at, r + n) - r, find(taken_d_, 1, d + at, d + n) - d);
            const size_t before = heap_.size();
            add({r + at, d + at, end - at});
            if (heap_.size() > before) std::push_heap(heap_.begin(), heap_.end(), later);
            at = end;
        }
    }
}

// --- chain

const std::vector<Run>& Chain::heaviest(const Run* runs, size_t count, const uint64_t* reference) {
    ordered_.assign(runs, runs + count);
    std::sort(ordered_.begin(), ordered_.end());
    if (increasing()) return ordered_;
    reference_ = reference;
    places_.clear();
    for (const Run& run : ordered_) places_.push_back(run.d);
    std::sort(places_.begin(), places_.end());
    before_.resize(count);
    summed_.assign(count, 0);
    sums_.resize(count);
    best_.assign(count + 1, Best{0, 0, -1});
    Best top = best_[0];
    for (size_t index = 0; index < count; ++index) {  // a Fenwick tree of prefix maxima
        const Run& run = ordered_[index];
        const auto place = std::upper_bound(places_.begin(), places_.end(), run.d);
        const auto rank = static_cast<size_t>(place - places_.begin());
        Best here = best_[0];
        for (size_t at = rank - 1; at; at &= at - 1)
            if (better(best_[at], here)) here = best_[at];
        before_[index] = here.last;
        here.weight += run.n;
        here.nearness -= std::abs(static_cast<int64_t>(run.r) - run.d);
        here.last = static_cast<int32_t>(index);
        if (better(here, top)) top = here;
        for (size_t at = rank; at <= count; at += at & (~at + 1))
            if (better(here, best_[at])) best_[at] = here;
    }
    chain_.clear();
    for (int32_t at = top.last; at >= 0; at = before_[static_cast<size_t>(at)])
        chain_.push_back(ordered_[static_cast<size_t>(at)]);
    std::reverse(chain_.begin(), chain_.end());
    return chain_;
}

// Whether the runs, sorted, are a chain: as each has tokens, no other is as heavy.
bool Chain::increasing() const {
    for (size_t at = 1; at < ordered_.size(); ++at)
        if (ordered_[at - 1].d >= ordered_[at].d) return false;
    return true;
}

bool Chain::better(const Best& a, const Best& b) {
    if (a.weight != b.weight) return a.weight > b.weight;
    if (a.nearness != b.nearness) return a.nearness > b.nearness;
    if (a.last == b.last) return false;
    const Sum content_a = content(a.last), content_b = content(b.last);
    if (content_a != content_b) return content_a > content_b;
    const int64_t place_a = place(a.last), place_b = place(b.last);
    return place_a != place_b ? place_a > place_b : a.last > b.last;
}

// Where a run stands in both texts together: the same from either side.
int64_t Chain::place(int32_t last) const {
    if (last < 0) return 0;
    const Run& run = ordered_[static_cast<size_t>(last)];
    return static_cast<int64_t>(run.r) + run.d;
}

// The sum of the content hashes along the chain that ends here, summed where it is asked for.
Chain::Sum Chain::content(int32_t last) {
    unsummed_.clear();
    while (last >= 0 && !summed_[static_cast<size_t>(last)]) {
        unsummed_.push_back(last);
        last = before_[static_cast<size_t>(last)];
    }
    Sum sum = last >= 0 ? sums_[static_cast<size_t>(last)] : 0;
    for (; !unsummed_.empty(); unsummed_.pop_back()) {
        const auto index = static_cast<size_t>(unsummed_.back());
        sum += hash_of(reference_ + ordered_[index].r, ordered_[index].n);
        sums_[index] = sum;
        summed_[index] = 1;
    }
    return sum;
}

// --- common subsequence

void Subsequence::append(Tokens a, Tokens b, int64_t max_cells, std::vector<Match>& out) {
    // Of several longest ones both sides must see the same.
    const bool swapped = std::lexicographical_compare(b.hashes, b.hashes + b.size, a.hashes, a.hashes + a.size);
    if (swapped) std::swap(a, b);
    const int32_t shorter = std::min(a.size, b.size);
    int32_t front = 0, back = 0;
    while (front < shorter && a.hashes[front] == b.hashes[front]) ++front;
    while (back < shorter - front && a.hashes[a.size - 1 - back] == b.hashes[b.size - 1 - back]) ++back;
    for (int32_t k = 0; k < front; ++k) out.push_back({k, k});
    const Tokens middle_a{a.hashes + front, a.size - front - back}, middle_b{b.hashes + front, b.size - front - back};
    const int64_t cells = static_cast<int64_t>(middle_a.size) * middle_b.size;
    if (cells && cells <= max_cells) append_table(middle_a, middle_b, front, swapped, out);
    for (int32_t k = 0; k < back; ++k) {
        const Match match{a.size - back + k, b.size - back + k};
        out.push_back(swapped ? Match{match.d, match.r} : match);
    }
}

void Subsequence::append_table(Tokens a, Tokens b, int32_t offset, bool swapped, std::vector<Match>& out) {
    const auto size_a = static_cast<size_t>(a.size), size_b = static_cast<size_t>(b.size), width = size_b + 1;
    if (cells_.size() < (size_a + 1) * width) cells_.resize((size_a + 1) * width);
    uint32_t* const cells = cells_.data();  // of i and j: the length that a from i and b from j have in common
    std::fill_n(cells + size_a * width, width, 0);
    for (size_t i = size_a; i-- > 0;) {
        uint32_t* const row = cells + i * width;
        const uint32_t* const below = row + width;
        row[size_b] = 0;
        for (size_t j = size_b; j-- > 0;)
            row[j] = a.hashes[i] == b.hashes[j] ? below[j + 1] + 1 : std::max(below[j], row[j + 1]);
    }
    for (size_t i = 0, j = 0; i < size_a && j < size_b;) {
        if (a.hashes[i] == b.hashes[j]) {
            const Match match{offset + static_cast<int32_t>(i), offset + static_cast<int32_t>(j)};
            out.push_back(swapped ? Match{match.d, match.r} : match);
            ++i, ++j;
        } else if (cells[(i + 1) * width + j] == cells[i * width + j]) {
            ++i;
        } else {
            ++j;
        }
    }
}

}  // namespace dedup
