// Any bytes, cut in two anywhere, give what they give in one piece, under every instruction set the same, and nothing
// outside of them is touched: each piece is a block of its own that ends where the piece does.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "../../dedup/kernels/native/isa.h"
#include "../../dedup/kernels/native/jsonl.h"

namespace {

using namespace dedup;

constexpr size_t LIMIT = 4096;

// All that batches say, as text; the raw lines are compared by their places.
void describe(const JsonlBatch& batch, std::string& out) {
    for (size_t row = 0; row < batch.states.size(); ++row) {
        out += std::to_string(batch.lines[row]) + ' ' + std::to_string(batch.starts[row]) + ' ' +
               std::to_string(batch.lengths[row]) + ' ' + std::to_string(batch.states[row]);
        for (size_t field = 0; field < batch.columns.size(); ++field) {
            const JsonlColumn& column = batch.columns[field];
            const int64_t from = column.offsets[row], to = column.offsets[row + 1];
            out += ' ' + std::to_string(batch.kinds[row * batch.columns.size() + field]) + '(';
            if (from != to) out.append(reinterpret_cast<const char*>(column.data.data()) + from, to - from);
            out += ')';
        }
        out += '\n';
    }
}

void feed(JsonlReader& reader, JsonlBatch& batch, const uint8_t* data, size_t size, bool final, std::string& out) {
    const std::unique_ptr<uint8_t[]> block(new uint8_t[size]);
    for (size_t i = 0; i < size; ++i) block[i] = data[i];
    reader.feed(batch, block.get(), size, final);
    describe(batch, out);
}

std::string read(const uint8_t* data, size_t size, size_t cut) {
    JsonlReader reader({"text", "id", "", "a\"b"}, LIMIT);
    JsonlBatch batch(reader.fields());
    std::string out;
    if (cut) feed(reader, batch, data, cut, false, out);
    feed(reader, batch, data + cut, size - cut, true, out);
    return out + std::to_string(reader.lines());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const size_t rest = size - 2, cut = (data[0] | size_t{data[1]} << 8) % (rest + 1);
    size_t count = 0;
    const Isa* const* isas = usable_isas(count);
    std::string first;
    for (size_t i = 0; i < count; ++i) {
        use_isa(isas[i]->name);
        const std::string whole = read(data + 2, rest, 0);
        if (i == 0) first = whole;
        if (whole != first || read(data + 2, rest, cut) != first) std::abort();
    }
    return 0;
}
