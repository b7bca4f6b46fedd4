// Typed fields of a preset: the one place that words the errors of a malformed presets file.
#include "model/preset_fields.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "model/errors.hpp"

namespace moemark {

PresetFields::PresetFields(const nlohmann::json& object, std::string where)
    : object_(&object), where_(std::move(where)) {
  if (!object.is_object()) throw UsageError(fmt::format("{} must be an object", where_));
}

int PresetFields::integer(const std::string& field, int minimum) const {
  const auto& json = value(field);
  const auto must = fmt::format("must be an integer of at least {}", minimum);
  // Unsigned values beyond int64 would wrap in get<int64_t>().
  const bool huge = json.is_number_unsigned() &&
                    json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<int>::max()};
  if (!json.is_number_integer() || huge) fail(field, must);
  const auto number = json.get<std::int64_t>();
  if (number < minimum) fail(field, must);
  return static_cast<int>(number);
}

double PresetFields::positive_number(const std::string& field) const {
  const auto& json = value(field);
  if (!json.is_number() || !(json.get<double>() > 0.0)) fail(field, "must be a number above 0");
  return json.get<double>();
}

std::optional<double> PresetFields::optional_number(const std::string& field) const {
  if (is_null(field)) return std::nullopt;
  return positive_number(field);
}

bool PresetFields::boolean(const std::string& field) const {
  const auto& json = value(field);
  if (!json.is_boolean()) fail(field, "must be true or false");
  return json.get<bool>();
}

std::string PresetFields::text(const std::string& field) const {
  const auto& json = value(field);
  if (!json.is_string()) fail(field, "must be a string");
  return json.get<std::string>();
}

bool PresetFields::is_word(const std::string& field, std::string_view word) const {
  const auto& json = value(field);
  return json.is_string() && json.get_ref<const std::string&>() == word;
}

bool PresetFields::is_null(const std::string& field) const {
  return value(field).is_null();
}

PresetFields PresetFields::object(const std::string& field) const {
  const auto& json = value(field);
  if (!json.is_object()) fail(field, "must be an object");
  PresetFields inner(json, where_);
  inner.prefix_ = prefix_ + field + ".";
  return inner;
}

void PresetFields::fail(const std::string& field, std::string_view must) const {
  throw UsageError(fmt::format("{}: field '{}{}' {}", where_, prefix_, field, must));
}

const nlohmann::json& PresetFields::value(const std::string& field) const {
  const auto found = object_->find(field);
  if (found == object_->end()) fail(field, "is missing");
  return *found;
}

}  // namespace moemark
