# cmake -DOUTPUT=schema_sql.cpp "-DFILES=a.sql|b.sql" -P embed_schema.cmake
# Writes the migrations, in order, as raw string literals.
string(REPLACE "|" ";" FILES "${FILES}")
set(text "#include \"storage/migrations.hpp\"\n\nnamespace geod::storage {\n\n")
string(APPEND text "std::span<const Migration> migrations() {\n  static constexpr Migration kAll[] = {\n")
foreach(file IN LISTS FILES)
  file(READ ${file} sql)
  get_filename_component(name ${file} NAME_WE)
  string(APPEND text "      {\"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
string(APPEND text "  };\n  return kAll;\n}\n\n}  // namespace geod::storage\n")
file(WRITE ${OUTPUT} "${text}")
