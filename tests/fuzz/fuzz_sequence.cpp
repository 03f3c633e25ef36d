// libFuzzer: two short texts through tiles, chain and ledger. What must hold for all texts is checked on these.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "../../dedup/kernels/native/ledger.h"
#include "../../dedup/kernels/native/sequence.h"

using namespace dedup;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

struct Article {
    std::vector<uint64_t> hashes;
    std::vector<int64_t> sentence;

    Tokens tokens() const { return {hashes.data(), static_cast<int32_t>(hashes.size())}; }

    // Every byte is a token of a small alphabet, and some of them begin a sentence.
    void add(uint8_t byte, uint8_t alphabet) {
        const int64_t last = sentence.empty() ? 0 : sentence.back();
        sentence.push_back(byte >= 0xE0 && !sentence.empty() ? last + 1 : last);
        hashes.push_back((byte & 0x1Fu) % alphabet * 0x9E3779B97F4A7C15);
    }
};

struct Booked {
    std::vector<int8_t> labels_r, labels_d;
    std::vector<int64_t> partner_r, partner_d;
    std::vector<Rewrite> rewrites;
};

std::vector<Run> swapped(std::vector<Run> runs) {
    for (Run& run : runs) std::swap(run.r, run.d);
    std::sort(runs.begin(), runs.end());
    return runs;
}

bool same(const std::vector<Run>& a, const std::vector<Run>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Run& x, const Run& y) { return x.r == y.r && x.d == y.d && x.n == y.n; });
}

Booked booked(const Article& r, const Article& d, const std::vector<Run>& counted) {
    Booked out{std::vector<int8_t>(r.hashes.size(), 9), std::vector<int8_t>(d.hashes.size(), 9),
               std::vector<int64_t>(r.hashes.size()), std::vector<int64_t>(d.hashes.size()), {}};
    static Ledger ledger;  // its buffers are used again
    ledger.align({r.tokens(), r.sentence.data(), out.labels_r.data(), out.partner_r.data()},
                 {d.tokens(), d.sentence.data(), out.labels_d.data(), out.partner_d.data()}, counted.data(), counted.size(),
                 40'000, out.rewrites);
    return out;
}

void check_tiles(const Article& r, const Article& d, const std::vector<Run>& tiles, int64_t minimum) {
    std::vector<bool> taken_r(r.hashes.size()), taken_d(d.hashes.size());
    for (const Run& tile : tiles) {
        require(tile.n >= minimum && tile.r >= 0 && tile.d >= 0);
        for (int32_t k = 0; k < tile.n; ++k) {
            const auto at_r = static_cast<size_t>(tile.r + k), at_d = static_cast<size_t>(tile.d + k);
            require(at_r < taken_r.size() && at_d < taken_d.size());
            require(!taken_r[at_r] && !taken_d[at_d] && r.hashes[at_r] == d.hashes[at_d]);
            taken_r[at_r] = taken_d[at_d] = true;
        }
    }
}

void check_chain(const std::vector<Run>& chain) {
    for (size_t at = 1; at < chain.size(); ++at)
        require(chain[at - 1].r + chain[at - 1].n <= chain[at].r && chain[at - 1].d + chain[at - 1].n <= chain[at].d);
}

// Two chains that differ in mirrored runs of the same words, (a, b) in one and (b, a) in the other: nothing that is the
// same from both sides tells which is better, and either gives the same counts.
bool tied(const std::vector<Run>& one, const std::vector<Run>& other) {
    int64_t tokens = 0, displaced = 0, places = 0;
    for (const Run& run : one) {
        tokens += run.n, displaced += std::abs(int64_t{run.r} - run.d), places += int64_t{run.r} + run.d;
    }
    for (const Run& run : other) {
        tokens -= run.n, displaced -= std::abs(int64_t{run.r} - run.d), places -= int64_t{run.r} + run.d;
    }
    return tokens == 0 && displaced == 0 && places == 0;
}

// Each token of one side has one label, and a partner of the same kind exactly where it is kept or moved.
void check_side(const std::vector<int8_t>& labels, const std::vector<int64_t>& partner,
                const std::vector<int8_t>& labels_there, const std::vector<int64_t>& partner_there) {
    for (size_t at = 0; at < labels.size(); ++at) {
        require(labels[at] >= CUT_OR_ADDED && labels[at] <= REWRITTEN);
        require((labels[at] == KEPT || labels[at] == MOVED) == (partner[at] >= 0));
        if (partner[at] < 0) continue;
        const auto there = static_cast<size_t>(partner[at]);
        require(there < labels_there.size() && labels_there[there] == labels[at]);
        require(partner_there[there] == static_cast<int64_t>(at));
    }
}

void check_rewritten(const std::vector<int8_t>& labels, int64_t start, int64_t end) {
    require(0 <= start && start < end && end <= static_cast<int64_t>(labels.size()));
    for (int64_t at = start; at < end; ++at) require(labels[static_cast<size_t>(at)] == REWRITTEN);
}

void check_rewrites(const Booked& found) {
    for (const Rewrite& rewrite : found.rewrites) {
        check_rewritten(found.labels_r, rewrite.start_r, rewrite.end_r);
        check_rewritten(found.labels_d, rewrite.start_d, rewrite.end_d);
    }
}

std::vector<int64_t> counts(const std::vector<int8_t>& labels) {
    std::vector<int64_t> found(4);
    for (const int8_t label : labels) ++found[static_cast<size_t>(label)];
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3 || size > 600) return 0;
    const bool all_seeds = data[0] / 6 % 2;  // without some of them, ties may be broken otherwise from the other side
    const TileLimits limits{3 + data[0] % 6, all_seeds ? 1 << 20 : 4, 20'000};
    const auto alphabet = static_cast<uint8_t>(1 + data[1] % 32);
    const size_t split = 3 + (size - 3) * data[2] / 255;
    Article r, d;
    for (size_t at = 3; at < size; ++at) (at < split ? r : d).add(data[at], alphabet);

    static Tiler tiler;
    static Chain chain;
    const std::vector<Run> tiles = tiler.tiles(r.tokens(), d.tokens(), limits);
    check_tiles(r, d, tiles, limits.minimum);
    const std::vector<Run> mirrored = swapped(tiles);
    require(!all_seeds || same(tiler.tiles(d.tokens(), r.tokens(), limits), mirrored));
    const std::vector<Run> heaviest = chain.heaviest(tiles.data(), tiles.size(), r.hashes.data());
    check_chain(heaviest);
    const std::vector<Run> other = swapped(chain.heaviest(mirrored.data(), mirrored.size(), d.hashes.data()));
    require(same(other, heaviest) || tied(other, heaviest));

    const Booked found = booked(r, d, tiles), turned = booked(d, r, mirrored);
    check_side(found.labels_r, found.partner_r, found.labels_d, found.partner_d);
    check_side(found.labels_d, found.partner_d, found.labels_r, found.partner_r);
    check_rewrites(found);
    require(counts(found.labels_r) == counts(turned.labels_d) && counts(found.labels_d) == counts(turned.labels_r));
    return 0;
}
