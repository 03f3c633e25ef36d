// Looking up, and the postings in memory.
#include "postings.h"

#include <memory>
#include <stdexcept>

namespace dedup {

const std::vector<uint64_t>& Tally::distinct(OwnKeys keys) {
    unsigned bits = 6;
    while (size_t{1} << bits < 2 * keys.size) ++bits;
    seen_.assign(size_t{1} << bits, 0);
    distinct_.clear();
    for (const uint64_t* key = keys.data; key < keys.data + keys.size; ++key) {
        size_t at = (*key * 0x9E3779B97F4A7C15) >> (64 - bits);
        while (seen_[at] && seen_[at] != *key + 1) at = (at + 1) & (seen_.size() - 1);
        if (seen_[at]) continue;
        seen_[at] = *key + 1;
        distinct_.push_back(*key);
    }
    return distinct_;
}

void Tally::insert(size_t at, uint32_t number) {
    counted_.push_back(static_cast<uint64_t>(number) << 32 | 1);
    slots_[at] = static_cast<uint32_t>(counted_.size());
    if (2 * counted_.size() <= slots_.size()) return;
    ++bits_;
    slots_.assign(size_t{1} << bits_, 0);
    for (size_t i = 0; i < counted_.size(); ++i) {
        size_t free = place(static_cast<uint32_t>(counted_[i] >> 32));
        while (slots_[free]) free = (free + 1) & (slots_.size() - 1);
        slots_[free] = static_cast<uint32_t>(i + 1);
    }
}

void Tally::finish(FoundNumbers& found) {
    std::sort(counted_.begin(), counted_.end());
    for (const uint64_t counted : counted_) {
        found.numbers.push_back(static_cast<int64_t>(counted >> 32));
        found.shared.push_back(static_cast<int64_t>(counted & 0xFFFFFFFF));
    }
    found.offsets.push_back(static_cast<int64_t>(found.numbers.size()));
    if (counted_.empty()) return;
    counted_.clear();
    bits_ = LEAST_BITS;
    slots_.assign(size_t{1} << bits_, 0);
}

void RecentPostings::check_new(const int64_t* numbers, size_t count) const {
    int64_t before = articles_.empty() ? -1 : static_cast<int64_t>(articles_.back().number);
    for (size_t i = 0; i < count; before = numbers[i++]) {
        if (numbers[i] <= before || numbers[i] > 0xFFFFFFFF)
            throw std::invalid_argument("numbers must ascend, above those before, from 0 to 2^32 - 1");
    }
    if (articles_.size() + count >= 1u << (32 - COUNT_SHIFT))
        throw std::invalid_argument("these are more articles than are recent");
}

void RecentPostings::Table::make_room(size_t keys) {
    const size_t wanted = used + keys;
    if (4 * wanted <= 3 * slots.size()) return;
    std::vector<Slot> before(std::max(slots.size() + slots.size() / 2, 4 * wanted / 3 + 1));
    if (before.size() > 0xFFFFFFFF) throw std::length_error("these are more keys than are recent");
    before.swap(slots);
    for (const Slot& slot : before) {
        if (!slot.empty()) slots[find(slot.key())] = slot;
    }
}

// A list has room up to the next power of two; behind that it is copied to the end.
void RecentPostings::append(Slot& slot, uint32_t number) {
    const uint32_t count = slot.count();
    if ((count & (count - 1)) == 0) {
        const size_t end = lists_.size();
        if (end + 2 * count > 0xFFFFFFFF) throw std::length_error("these are more postings than are recent");
        lists_.resize(end + 2 * count);
        std::copy_n(numbers(slot), count, &lists_[end]);
        slot.value = static_cast<uint32_t>(end);
    }
    lists_[slot.value + count] = number;
    slot.high_and_count += 1u << COUNT_SHIFT;
}

// Whether the article had not the key already.
bool RecentPostings::insert(uint64_t key, uint32_t number) {
    Table& own = table(key);
    own.make_room(1);
    Slot& slot = own.slots[own.find(key)];
    if (slot.empty()) {
        slot = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32) | 1u << COUNT_SHIFT, number};
        ++own.used;
        return true;
    }
    if (numbers(slot)[slot.count() - 1] == number) return false;
    append(slot, number);
    return true;
}

void RecentPostings::add(uint32_t number, OwnKeys keys) {
    for (size_t i = 0; i < keys.size; ++i) fetch(keys.data[i]);
    articles_.push_back({number, 0});
    for (size_t i = 0; i < keys.size; ++i) articles_.back().postings += insert(keys.data[i], number);
}

void RecentPostings::look_up(OwnKeys keys, size_t cap, Tally& tally) const {
    const std::vector<uint64_t>& own = tally.distinct(keys);
    for (const uint64_t key : own) fetch(key);
    tally.places.clear();
    for (const uint64_t key : own) {
        const Table& with = table(key);
        const Slot& slot = with.slots[with.find(key)];
        if (slot.empty()) continue;
        __builtin_prefetch(numbers(slot));
        tally.places.push_back(&slot);
    }
    for (const void* const place : tally.places) {
        const Slot& slot = *static_cast<const Slot*>(place);
        const uint32_t* const found = numbers(slot);
        const bool hot = slot.count() > std::max(cap, FEW);
        if (hot) tally.add(found[slot.count() - 1]);
        for (size_t i = 0; i < (hot ? FEW : slot.count()); ++i) tally.add(found[i]);
    }
}

template <typename Each>
void RecentPostings::each_posting(uint32_t first, uint32_t last, const Each& each) const {
    for (const Table& table : tables_) {
        for (const Slot& slot : table.slots) {
            if (slot.empty()) continue;
            const uint32_t *const begin = numbers(slot), *const end = begin + slot.count();
            for (const uint32_t* at = std::lower_bound(begin, end, first); at < end && *at <= last; ++at)
                each(slot.key(), *at);
        }
    }
}

Layout RecentPostings::layout_of(int64_t first, int64_t last) const {
    uint64_t postings = 0;
    for (const Article& article : articles_) {
        if (article.number >= first && article.number <= last) postings += article.postings;
    }
    return Layout::of(first, last, postings);
}

// Carries the postings together by buckets, then sorts each.
void RecentPostings::write(const Layout& layout, uint8_t* out) const {
    const unsigned rest = layout.rest_bits(), id_bits = layout.id_bits();
    std::vector<uint32_t> ends((size_t{1} << layout.bucket_bits) + 1);
    each_posting(layout.first, layout.last, [&](uint64_t key, uint32_t) { ++ends[(key >> rest) + 1]; });
    for (size_t bucket = 1; bucket < ends.size(); ++bucket) ends[bucket] += ends[bucket - 1];
    const std::unique_ptr<uint64_t[]> values(new uint64_t[layout.postings + 1]);
    each_posting(layout.first, layout.last, [&](uint64_t key, uint32_t number) {
        values[ends[key >> rest]++] = (key & ones(rest)) << id_bits | (number - layout.first);
    });  // now each bucket ends where its number says
    SegmentWriter writer(layout, out);
    for (size_t bucket = 0, at = 0; bucket + 1 < ends.size(); ++bucket) {
        std::sort(&values[at], &values[ends[bucket]]);
        for (; at < ends[bucket]; ++at) writer.write(bucket, values[at]);
    }
    writer.finish();
}

RecentPostings RecentPostings::without(int64_t last) const {
    RecentPostings other;
    for (const Article& article : articles_) {
        if (article.number > last) other.articles_.push_back(article);
    }
    for (size_t i = 0; i < tables_.size(); ++i) {
        std::vector<const Slot*> kept(tables_[i].slots.size());
        size_t count = 0;
        for (const Slot& slot : tables_[i].slots) {  // without a branch: none could be foretold
            const uint32_t* const greatest = slot.count() > 1 ? &lists_[slot.value + slot.count() - 1] : &slot.value;
            kept[count] = &slot;
            count += !slot.empty() & (*greatest > last);
        }
        kept.resize(count);
        other.tables_[i].make_room(count);  // at once: keys come in the order of the table
        for (const Slot* const slot : kept) {
            const uint32_t *const begin = numbers(*slot), *const end = begin + slot->count();
            for (const uint32_t* at = std::upper_bound(begin, end, last); at < end; ++at) other.insert(slot->key(), *at);
        }
    }
    return other;
}

}  // namespace dedup
