// Lines of JSON in chunks -> packed columns of the wanted fields. See dedup/kernels/jsonl.py for the definition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace dedup {

constexpr size_t JSONL_SLACK = 64;        // every destination has room for one vector more than it needs
constexpr unsigned JSONL_MAX_DEPTH = 64;  // objects and arrays in each other, the record itself included
constexpr size_t JSONL_MAX_NUMBER = 300;  // characters of a number

enum JsonlKind : uint8_t { ABSENT = 0, STRING = 1, NONE = 2, NUMBER = 3, TRUTH = 4, NESTED = 5 };
enum JsonlState : uint8_t { RECORD = 0, ODD = 1, TOO_LONG = 2 };

// What the code per instruction set sees. Plain structs only: an inline function or a template that two of those
// objects share would be linked once, perhaps in the form for a newer processor than the one it runs on.

// A line without its newline. Bytes up to `limit` may be read; there is a newline at `end` unless end == limit.
struct JsonlLine {
    const uint8_t* begin;
    const uint8_t* end;
    const uint8_t* limit;
};

// A wanted field of the line at hand. `data` has room for the whole line and JSONL_SLACK.
struct JsonlSlot {
    const uint8_t* name;
    size_t name_size;
    uint8_t* data;
    size_t size;
    uint8_t kind;
};

// True where the line is a record; the slots then hold it. `key` has as much room as a slot's data.
using JsonlParse = bool (*)(const JsonlLine& line, JsonlSlot* slots, size_t count, uint8_t* key);

// Bytes that grow without being filled first.
class ByteBuffer {
   public:
    uint8_t* room(size_t more);  // at the end, for `more` bytes
    void add(size_t written) { size_ += written; }
    void clear();
    const uint8_t* data() const { return data_.get(); }
    size_t size() const { return size_; }

   private:
    struct Free {
        void operator()(uint8_t* bytes) const { std::free(bytes); }
    };
    std::unique_ptr<uint8_t, Free> data_;
    size_t size_ = 0, capacity_ = 0;
};

struct JsonlColumn {
    ByteBuffer data;
    std::vector<int64_t> offsets;  // rows + 1
};

// The lines that ended in one call, blank ones left out. A row that is no RECORD has empty fields of kind ABSENT.
struct JsonlBatch {
    explicit JsonlBatch(size_t fields) : columns(fields) {}
    void clear();

    std::vector<JsonlColumn> columns;
    std::vector<uint8_t> kinds;  // rows x fields
    std::vector<uint8_t> states;
    std::vector<int64_t> lines, starts, lengths;  // number from 1; first byte in the stream; bytes with the newline
    std::vector<uint8_t> head;                    // the line that began in an earlier call, if one ended in this
    int64_t data_start = 0;                       // where the bytes given in this call begin in the stream
};

class JsonlReader {
   public:
    JsonlReader(std::vector<std::string> fields, size_t max_line_bytes);
    // The lines that end in these bytes, and with `final` what is left; an unfinished line is kept.
    void feed(JsonlBatch& batch, const uint8_t* data, size_t size, bool final);
    size_t fields() const { return names_.size(); }
    int64_t lines() const { return lines_; }

   private:
    void hold(const uint8_t* data, size_t size);
    void end_held(JsonlBatch& batch);
    void end_line(JsonlBatch& batch, const uint8_t* line, size_t size, const uint8_t* limit);
    void add_row(JsonlBatch& batch, size_t size, uint8_t state);
    bool parse(JsonlBatch& batch, const uint8_t* line, size_t size, const uint8_t* limit);

    std::vector<std::string> names_;
    size_t max_line_bytes_;
    std::vector<JsonlSlot> slots_;
    ByteBuffer key_;
    std::vector<uint8_t> held_;  // the unfinished line, nothing once it is too long
    size_t held_size_ = 0;       // its length, whether held or not
    int64_t lines_ = 0, position_ = 0;
    bool ended_ = false;
};

}  // namespace dedup
