#include "bindings.h"

NB_MODULE(_native, m) {
    m.doc() = "The compiled kernels; use them through dedup.kernels.";
    dedup::bind_buckets(m);
    dedup::bind_commonness(m);
    dedup::bind_jsonl(m);
    dedup::bind_literals(m);
    dedup::bind_pairs(m);
    dedup::bind_sequence(m);
    dedup::bind_speech(m);
    dedup::bind_text(m);
}
