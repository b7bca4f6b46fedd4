// Writes records to a CSV file so that a run killed at any moment leaves a valid file.
#include "report/csv_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "model/errors.hpp"
#include "report/columns.hpp"

namespace moemark::report {
namespace {

UsageError cannot_write(const std::filesystem::path& path, int error) {
  return UsageError(fmt::format("--csv {}: cannot be written: {}", path.string(),
                                std::generic_category().message(error)));
}

}  // namespace

CsvWriter::CsvWriter(std::filesystem::path path, Mode mode) : path_(std::move(path)) {
  if (mode == Mode::resume && std::filesystem::is_regular_file(path_)) {
    open_existing();
  } else {
    open_new();
  }
  std::error_code no_size;  // a pipe has none
  if (std::filesystem::is_regular_file(path_)) begin_ = std::filesystem::file_size(path_, no_size);
}

CsvWriter::~CsvWriter() {
  // Every line has been handed over; an error of close(2) could only be ignored here.
  if (descriptor_ >= 0) ::close(descriptor_);
}

void CsvWriter::open_new() {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw cannot_write(path_, errno);
  try {
    append_line(csv_header());
  } catch (const std::system_error& error) {
    ::close(std::exchange(descriptor_, -1));
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path_, ignored)) std::filesystem::remove(path_, ignored);
    throw cannot_write(path_, error.code().value());
  }
}

void CsvWriter::open_existing() {
  std::ifstream file(path_, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t complete = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (complete == 0) {
    open_new();
    return;
  }
  if (text.substr(0, text.find('\n')) != csv_header()) {
    throw UsageError(fmt::format(
        "--csv {}: --resume needs the columns of schema version {}, the file has others",
        path_.string(), schema_version));
  }
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  // A machine that lost power may leave part of a line; the row is measured again.
  if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(complete)) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    throw cannot_write(path_, error);
  }
}

void CsvWriter::write(const Record& record) {
  append_line(csv_row(record));
}

void CsvWriter::replace_rows(std::span<const Record> records) {
  if (!std::filesystem::is_regular_file(path_)) return;
  const std::filesystem::path target = std::filesystem::canonical(path_);  // not the link to it
  std::filesystem::path temporary = target;
  temporary += fmt::format(".{}.tmp", ::getpid());
  try {
    std::filesystem::copy_file(target, temporary);
    std::filesystem::resize_file(temporary, begin_);
    CsvWriter fresh(temporary, Mode::resume);
    for (const Record& record : records) fresh.write(record);
    std::filesystem::rename(temporary, target);
    std::swap(descriptor_, fresh.descriptor_);
  } catch (const std::exception&) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

void CsvWriter::append_line(std::string_view line) const {
  const std::string text = fmt::format("{}\n", line);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(descriptor_, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      // Nothing more can be done for a line whose beginning cannot be taken back.
      const off_t end = ::lseek(descriptor_, 0, SEEK_CUR);
      if (end >= 0 && ::ftruncate(descriptor_, end - static_cast<off_t>(written)) != 0) errno = 0;
      throw std::system_error(error, std::generic_category(),
                              fmt::format("writing a row to {}", path_.string()));
    }
    written += static_cast<std::size_t>(count);
  }
}

}  // namespace moemark::report
