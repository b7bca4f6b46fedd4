// The committed description of the results is the one that the column table generates.
#include <gtest/gtest.h>

#include "report/columns.hpp"
#include "temporary_folder.hpp"

namespace moemark::report {
namespace {

const std::filesystem::path results = std::filesystem::path(MOEMARK_SOURCE_DIR) / "results";
constexpr auto rewrite =
    "results/ is out of date with src/report/column_table.cpp; rewrite it with\n"
    "  cmake --build --preset mpi --target write_schema\n";

TEST(SchemaFiles, ReadmeIsUpToDate) {
  EXPECT_TRUE(read_file(results / "README.md") == schema_markdown()) << rewrite;
}

TEST(SchemaFiles, JsonIsUpToDate) {
  EXPECT_TRUE(read_file(results / "schema.json") == schema_json()) << rewrite;
}

}  // namespace
}  // namespace moemark::report
