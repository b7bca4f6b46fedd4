// Writes records to a CSV file so that a run killed at any moment leaves a valid file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "report/record.hpp"

namespace moemark::report {

// Constructed on rank 0 before anything runs: an unwritable path must not cost a measurement.
class CsvWriter {
 public:
  enum class Mode : std::uint8_t {
    create,  // a new file; one that exists is replaced
    resume,  // go on after the last complete line; its header must be ours
  };

  // Opens the file and writes the header. Throws UsageError naming --csv, the path and the reason
  // of the operating system, or, in resume mode, that the header differs.
  explicit CsvWriter(std::filesystem::path path, Mode mode = Mode::create);
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  // Hands the whole line to the operating system at once. Throws std::runtime_error (disk full)
  // after taking back what was written of the line.
  void write(const Record& record);

  // Puts `records` in the place of every row written so far, in one step: a reader, and a run that
  // is killed, has the old rows or the new; so has one whose disk is full, which throws
  // std::runtime_error. What a resumed file held before stays. A path that is no regular file (a
  // pipe, a device) keeps what it got.
  void replace_rows(std::span<const Record> records);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void open_new();
  void open_existing();
  void append_line(std::string_view line) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uintmax_t begin_ = 0;  // of our rows in the file
};

}  // namespace moemark::report
