// A titled group of the help text, and the one way in which an option is declared.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>

namespace moemark::bench {

// One option whose text goes through `read`, in a group of the help text.
class OptionGroup {
 public:
  OptionGroup(CLI::App& app, std::string name) : app_(app), name_(std::move(name)) {}

  void option(const std::string& flag, const std::string& placeholder, const std::string& help,
              const std::function<void(const std::string&)>& read) {
    app_.add_option_function<std::string>(flag, read, help)->type_name(placeholder)->group(name_);
  }
  void flag(const std::string& flag, const std::string& help, bool& target) {
    app_.add_flag(flag, target, help)->group(name_);
  }

 private:
  CLI::App& app_;
  std::string name_;
};

}  // namespace moemark::bench
