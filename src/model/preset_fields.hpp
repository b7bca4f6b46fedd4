// Reads typed fields of one preset's JSON object, with errors that name file, preset and field.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace moemark {

class PresetFields {
 public:
  // `where` opens every error sentence: the file and the preset.
  PresetFields(const nlohmann::json& object, std::string where);

  // An integer in [minimum, 2^31).
  [[nodiscard]] int integer(const std::string& field, int minimum) const;
  [[nodiscard]] double positive_number(const std::string& field) const;
  // Empty where the file says null.
  [[nodiscard]] std::optional<double> optional_number(const std::string& field) const;
  [[nodiscard]] bool boolean(const std::string& field) const;
  [[nodiscard]] std::string text(const std::string& field) const;
  // True when the field is exactly this string; any other type is the caller's to read.
  [[nodiscard]] bool is_word(const std::string& field, std::string_view word) const;
  [[nodiscard]] bool is_null(const std::string& field) const;
  [[nodiscard]] PresetFields object(const std::string& field) const;

  [[noreturn]] void fail(const std::string& field, std::string_view must) const;

 private:
  [[nodiscard]] const nlohmann::json& value(const std::string& field) const;

  const nlohmann::json* object_;
  std::string where_;
  std::string prefix_;  // "router." inside the router object
};

}  // namespace moemark
