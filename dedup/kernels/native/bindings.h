// The parts of the module, each with its Python functions.
#pragma once

#include <nanobind/nanobind.h>

namespace dedup {

void bind_buckets(nanobind::module_& m);
void bind_commonness(nanobind::module_& m);
void bind_jsonl(nanobind::module_& m);
void bind_lines(nanobind::module_& m);
void bind_literals(nanobind::module_& m);
void bind_pairs(nanobind::module_& m);
void bind_postings(nanobind::module_& m);
void bind_sequence(nanobind::module_& m);
void bind_speech(nanobind::module_& m);
void bind_text(nanobind::module_& m);

}  // namespace dedup
