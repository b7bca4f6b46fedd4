// Prints the generated schema: `print_schema json` or `print_schema markdown`.
#include <iostream>
#include <string_view>

#include "report/columns.hpp"

int main(int argc, char** argv) {
  const std::string_view form = argc == 2 ? argv[1] : "";
  if (form == "json") {
    std::cout << moemark::report::schema_json();
  } else if (form == "markdown") {
    std::cout << moemark::report::schema_markdown();
  } else {
    std::cerr << "print_schema: one argument, json or markdown\n";
    return 2;
  }
  return 0;
}
