#include "bindings.h"

NB_MODULE(_native, m) {
    m.doc() = "The compiled kernels; use them through dedup.kernels.";
    nanobind::set_leak_warnings(false);  // an index that nobody closed is no news when Python ends
    dedup::bind_buckets(m);
    dedup::bind_commonness(m);
    dedup::bind_jsonl(m);
    dedup::bind_lines(m);
    dedup::bind_literals(m);
    dedup::bind_pairs(m);
    dedup::bind_postings(m);
    dedup::bind_sequence(m);
    dedup::bind_speech(m);
    dedup::bind_text(m);
}
