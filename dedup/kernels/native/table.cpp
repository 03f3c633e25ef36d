#include "table.h"

namespace dedup {

#include "match_key_table.inc"

namespace {

struct ShortTable {
    uint32_t entries[2048];

    ShortTable() {
        for (uint32_t point = 0; point < 2048; ++point) {
            const uint32_t entry = entry_of(point), kind = class_in(entry);
            const bool plain = kind == SEPARATES || kind == WORD || kind == DIGIT || kind == DROPPED;
            entries[point] = plain && !(entry & (COPY | EXPANDS)) ? entry : entry | CONTEXTUAL;
        }
    }
};

const ShortTable short_table;

}  // namespace

const uint32_t* const SHORT = short_table.entries;

}  // namespace dedup
