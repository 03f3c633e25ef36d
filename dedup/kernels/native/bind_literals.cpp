// The finder of literals, over the characters of a string or over bytes.
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "literals.h"
#include "texts.h"

namespace dedup {

namespace {

Text units_of(nb::handle source) {
    if (!PyBytes_Check(source.ptr())) return Text::of(source);
    Text text;
    text.data = PyBytes_AS_STRING(source.ptr());
    text.units = static_cast<size_t>(PyBytes_GET_SIZE(source.ptr()));
    return text;
}

template <typename Unit>
const Unit* as(const Text& text) {
    return static_cast<const Unit*>(text.data);
}

std::vector<uint32_t> literal_of(nb::handle source) {
    const Text text = units_of(source);
    std::vector<uint32_t> units(text.units);
    for (size_t i = 0; i < text.units; ++i) {
        units[i] = text.form == Text::UCS4 ? as<uint32_t>(text)[i] : text.form == Text::UCS2 ? as<uint16_t>(text)[i] : as<uint8_t>(text)[i];
    }
    return units;
}

class Finder {
public:
    explicit Finder(nb::sequence literals) : finder_(units_of_all(literals)) {}

    nb::tuple find(nb::handle source) const {
        const Text text = units_of(source);
        const std::vector<Hit> hits = text.form == Text::UCS4   ? finder_.find(as<uint32_t>(text), text.units)
                                      : text.form == Text::UCS2 ? finder_.find(as<uint16_t>(text), text.units)
                                                                : finder_.find(as<uint8_t>(text), text.units);
        std::vector<int64_t> places, literals;
        for (const Hit& hit : hits) {
            places.push_back(hit.at);
            literals.push_back(hit.literal);
        }
        return nb::make_tuple(to_numpy(std::move(places)), to_numpy(std::move(literals)));
    }

private:
    static std::vector<std::vector<uint32_t>> units_of_all(nb::sequence literals) {
        std::vector<std::vector<uint32_t>> all;
        for (const nb::handle literal : literals) all.push_back(literal_of(literal));
        return all;
    }

    LiteralFinder finder_;
};

}  // namespace

void bind_literals(nb::module_& m) {
    nb::class_<Finder>(m, "LiteralFinder")
        .def(nb::init<nb::sequence>(), nb::arg("literals"))
        .def("find", &Finder::find, nb::arg("text"));
}

}  // namespace dedup
