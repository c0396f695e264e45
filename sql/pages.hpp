// The reference pages in docs/.
#pragma once

#include <string>

void print_docs(const std::string& folder);
