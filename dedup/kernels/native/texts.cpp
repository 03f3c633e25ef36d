#include "texts.h"

#include <string>

#include "isa.h"

namespace dedup {

Text Text::of(nb::handle string) {
    PyObject* const object = string.ptr();
    if (!PyUnicode_Check(object)) throw nb::type_error("texts must be str");
    Text text;
    text.data = PyUnicode_DATA(object);
    text.units = static_cast<size_t>(PyUnicode_GET_LENGTH(object));
    if (PyUnicode_IS_ASCII(object)) return text;
    const int kind = PyUnicode_KIND(object);
    text.form = kind == PyUnicode_1BYTE_KIND ? LATIN1 : kind == PyUnicode_2BYTE_KIND ? UCS2 : UCS4;
    return text;
}

const uint8_t* Text::utf8(Scratch& scratch, size_t& bytes) const {
    bytes = units;
    if (form == UTF8) return static_cast<const uint8_t*>(data);
    const size_t most = form == LATIN1 ? 2 : form == UCS2 ? 3 : 4;
    scratch.encoded.reserve(most * units + 16);
    uint8_t* const out = scratch.encoded.data();
    const Isa& isa = active_isa();
    bytes = form == LATIN1 ? isa.encode8(static_cast<const uint8_t*>(data), units, out)
            : form == UCS2 ? isa.encode16(static_cast<const uint16_t*>(data), units, out)
                           : isa.encode32(static_cast<const uint32_t*>(data), units, out);
    return out;
}

Texts::Texts(nb::handle source) {
    if (nb::isinstance<nb::tuple>(source) && nb::len(source) == 2 && !nb::isinstance<nb::str>(source[0])) {
        In<uint8_t> data;
        In<int64_t> offsets;
        if (!nb::try_cast(source[0], data) || !nb::try_cast(source[1], offsets)) {
            throw nb::type_error("texts must be str, or one array of uint8 with one of int64 offsets");
        }
        from_buffer(data, offsets);
        return;
    }
    const nb::list items(source);
    for (const nb::handle item : items) {
        texts_.push_back(Text::of(item));
        kept_.push_back(nb::borrow(item));
    }
}

void Texts::from_buffer(In<uint8_t> data, In<int64_t> offsets) {
    if (!offsets.size()) throw nb::value_error("offsets must have one more entry than there are texts");
    const int64_t* const at = offsets.data();
    int64_t before = 0;
    for (size_t i = 0; i < offsets.size(); ++i) {
        if (at[i] < before || at[i] > static_cast<int64_t>(data.size())) {
            throw nb::value_error(("offsets[" + std::to_string(i) + "] is " + std::to_string(at[i]) +
                                   ": offsets must ascend from 0 to at most the size of the data").c_str());
        }
        before = at[i];
        if (!i) continue;
        Text text;
        text.data = data.data() + at[i - 1];
        text.units = static_cast<size_t>(at[i] - at[i - 1]);
        texts_.push_back(text);
    }
    kept_.push_back(nb::cast(data));
}

}  // namespace dedup
