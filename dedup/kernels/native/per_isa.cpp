// Everything that is compiled once an instruction set, with the compiler's flags for it: DEDUP_ISA names it.
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstring>

#include "isa.h"
#include "table.h"
#include "xxh3.h"

namespace dedup {
// The compiler may put an inline function of a header in any object that uses it, with that object's instructions:
// all that is inlined here has a namespace of its own, and what headers share is used after inlining only.
namespace DEDUP_ISA {

#include "block.inc"
#include "encode.inc"
#include "fold.inc"
#include "jsonl_scan.inc"
#include "sketch.inc"
#include "tokens.inc"

#define DEDUP_NAME_(isa) #isa
#define DEDUP_NAME(isa) DEDUP_NAME_(isa)
extern const Isa ISA;
const Isa ISA = {DEDUP_NAME(DEDUP_ISA), tokenise, encode8, encode16, encode32, jsonl::valid_utf8,
                 shingles, signature, minima, parse_jsonl};

}  // namespace DEDUP_ISA
}  // namespace dedup
