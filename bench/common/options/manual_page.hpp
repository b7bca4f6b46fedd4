// The layout of --help: a manual page.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "bench/common/options/options.hpp"

namespace moemark::bench {

class ManualPage : public CLI::Formatter {
 public:
  explicit ManualPage(const Program& program) : program_(program) { column_width(32); }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  const Program& program_;
};

}  // namespace moemark::bench
