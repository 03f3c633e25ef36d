// The one place that chooses an instruction set.
#include <atomic>
#include <cstring>

#include "isa.h"

namespace dedup {

namespace portable { extern const Isa ISA; }
#if defined(DEDUP_HAS_AVX2)
namespace avx2 { extern const Isa ISA; }
#endif
#if defined(DEDUP_HAS_AVX512)
namespace avx512 { extern const Isa ISA; }
#endif

namespace {

struct Usable {
    const Isa* isas[3];
    size_t count = 0;

    Usable() : isas() {
#if defined(DEDUP_HAS_AVX512)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
            __builtin_cpu_supports("avx512vbmi2") && has_bit_instructions()) {
            isas[count++] = &avx512::ISA;
        }
#endif
#if defined(DEDUP_HAS_AVX2)
        if (__builtin_cpu_supports("avx2") && has_bit_instructions()) isas[count++] = &avx2::ISA;
#endif
        isas[count++] = &portable::ISA;
    }

#if defined(DEDUP_HAS_AVX2)
    static bool has_bit_instructions() {
        return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    }
#endif
};

const Usable& usable() {
    static const Usable found;
    return found;
}

std::atomic<const Isa*>& chosen() {
    static std::atomic<const Isa*> isa{usable().isas[0]};
    return isa;
}

}  // namespace

const Isa* const* usable_isas(size_t& count) {
    count = usable().count;
    return usable().isas;
}

const Isa& active_isa() { return *chosen().load(std::memory_order_relaxed); }

bool use_isa(const char* name) {
    for (size_t i = 0; i < usable().count; ++i) {
        if (std::strcmp(usable().isas[i]->name, name) == 0) {
            chosen().store(usable().isas[i], std::memory_order_relaxed);
            return true;
        }
    }
    return false;
}

}  // namespace dedup
