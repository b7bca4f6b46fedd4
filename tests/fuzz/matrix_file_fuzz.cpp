// Traffic matrices: what is read, written and read again is the same. The first byte says how many
// ranks the job has.
#include "parser.hpp"
#include "traffic/matrix_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moemark;
  if (size == 0) return 0;
  const int ranks = 1 + data[0] % 4;
  const std::string text(fuzz::text_of(data + 1, size - 1));
  CountMatrix matrix(ranks, ranks);
  if (!fuzz::accepted([&] { matrix = parse_matrix(fuzz::origin, text, ranks); })) return 0;
  const CountMatrix again = parse_matrix(fuzz::origin, matrix_text(matrix, 1), ranks);
  for (int source = 0; source < ranks; ++source) {
    for (int destination = 0; destination < ranks; ++destination) {
      fuzz::require(again.at(source, destination) == matrix.at(source, destination),
                    "a matrix comes back as it was");
    }
  }
  return 0;
}
