// A CSV file is valid after every row, and a path that cannot be written is refused at once.
#include "report/csv_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "model/errors.hpp"
#include "report/columns.hpp"
#include "temporary_folder.hpp"

namespace moemark::report {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Record row_of_launch(int launch) {
  Record record;
  record.launch = launch;
  return record;
}

std::string message_of(const std::filesystem::path& path, CsvWriter::Mode mode) {
  try {
    const CsvWriter writer(path, mode);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no UsageError";
}

TEST(CsvWriter, WritesHeaderAtOpenAndEachRowAtOnce) {
  const TemporaryFolder folder;
  const auto path = folder.file("results.csv");
  CsvWriter writer(path);
  EXPECT_EQ(read_file(path), csv_header() + "\n");
  writer.write(row_of_launch(1));
  EXPECT_EQ(read_file(path), csv_header() + "\n" + csv_row(row_of_launch(1)) + "\n");
  writer.write(row_of_launch(2));
  EXPECT_THAT(read_file(path), ::testing::EndsWith(csv_row(row_of_launch(2)) + "\n"));
}

TEST(CsvWriter, NamesOptionPathAndReasonWhenItCannotOpen) {
  const TemporaryFolder folder;
  const auto missing = folder.file("missing/results.csv");
  EXPECT_THAT(message_of(missing, CsvWriter::Mode::create),
              AllOf(HasSubstr("--csv"), HasSubstr(missing.string()),
                    HasSubstr("No such file or directory")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("missing")));
  EXPECT_THAT(message_of(folder.file(""), CsvWriter::Mode::create), HasSubstr("Is a directory"));
}

TEST(CsvWriter, RefusesADeviceThatIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THAT(message_of("/dev/full", CsvWriter::Mode::create),
              HasSubstr("No space left on device"));
  EXPECT_TRUE(std::filesystem::exists("/dev/full"));
}

TEST(CsvWriter, ResumeGoesOnAfterTheLastCompleteLine) {
  const TemporaryFolder folder;
  const auto path = folder.file("results.csv");
  CsvWriter(path).write(row_of_launch(1));
  std::ofstream(path, std::ios::app) << "1,half a li";
  CsvWriter(path, CsvWriter::Mode::resume).write(row_of_launch(2));
  EXPECT_EQ(read_file(path), csv_header() + "\n" + csv_row(row_of_launch(1)) + "\n" +
                                 csv_row(row_of_launch(2)) + "\n");
}

TEST(CsvWriter, ResumeStartsAFileThatIsMissingOrEmpty) {
  const TemporaryFolder folder;
  const auto path = folder.file("results.csv");
  {
    const CsvWriter writer(path, CsvWriter::Mode::resume);
  }
  EXPECT_EQ(read_file(path), csv_header() + "\n");
  std::filesystem::resize_file(path, 10);
  {
    const CsvWriter writer(path, CsvWriter::Mode::resume);
  }
  EXPECT_EQ(read_file(path), csv_header() + "\n");
}

TEST(CsvWriter, ResumeLeavesAFileOfAnotherSchemaAlone) {
  const TemporaryFolder folder;
  const auto path = folder.file("results.csv");
  std::ofstream(path) << "something,else\n1,2\n";
  EXPECT_THAT(message_of(path, CsvWriter::Mode::resume),
              AllOf(HasSubstr("--csv"), HasSubstr("--resume")));
  EXPECT_EQ(read_file(path), "something,else\n1,2\n");
}

TEST(CsvWriter, ReplacesItsRowsAndGoesOn) {
  const TemporaryFolder folder;
  const auto path = folder.file("results.csv");
  CsvWriter(path).write(row_of_launch(1));
  CsvWriter writer(path, CsvWriter::Mode::resume);
  writer.write(row_of_launch(2));
  writer.write(row_of_launch(3));
  writer.replace_rows(std::vector{row_of_launch(4)});
  writer.write(row_of_launch(5));
  EXPECT_EQ(read_file(path), csv_header() + "\n" + csv_row(row_of_launch(1)) + "\n" +
                                 csv_row(row_of_launch(4)) + "\n" + csv_row(row_of_launch(5)) +
                                 "\n");
  const auto left = std::filesystem::directory_iterator(path.parent_path());
  EXPECT_EQ(std::distance(begin(left), end(left)), 1);
}

TEST(CsvWriter, ReplacesRowsBehindALinkAndLeavesDevicesAlone) {
  const TemporaryFolder folder;
  const auto path = folder.file("results.csv");
  const auto link = folder.file("link.csv");
  std::ofstream(path) << "";
  std::filesystem::create_symlink(path, link);
  CsvWriter writer(link);
  writer.replace_rows(std::vector{row_of_launch(1)});
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_file(path), csv_header() + "\n" + csv_row(row_of_launch(1)) + "\n");

  CsvWriter("/dev/null").replace_rows(std::vector{row_of_launch(1)});
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace moemark::report
