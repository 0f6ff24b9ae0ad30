// Where fibres lie by what their publishers told.
#include <limits>

#include "tests/support/fibre_rows.hpp"

namespace geod::storage {
namespace {

using std::chrono::seconds;

FibrePlacesChange places_at(Duration after_start, double latitude_deg, const char* id = "XX.A") {
  return {id,
          kStart + after_start,
          {{-3, latitude_deg, -117.123456789, 1234.5}, {1000, latitude_deg, -117.0, -20.0}}};
}

class StoredFibrePlaces : public FibreStorageTest {
 protected:
  Committed tell(std::vector<FibrePlacesChange> changes) {
    Batch batch;
    batch.fibre_places = std::move(changes);
    return commit(batch);
  }
  std::vector<FibrePlacesChange> stored() {
    const auto changes = open_reader().fibre_places();
    EXPECT_TRUE(changes) << changes.error().what;
    return changes ? *changes : std::vector<FibrePlacesChange>{};
  }
};

TEST_F(StoredFibrePlaces, AreKeptWhereTheyChange) {
  const auto first = places_at(seconds{0}, 35.1);
  const auto moved = places_at(seconds{100}, 35.2);
  const auto other = places_at(seconds{50}, 35.3, "XX.B");
  tell({first, places_at(seconds{50}, 35.1), moved, other});  // the second says nothing new
  tell({first, moved});
  EXPECT_EQ(stored(), (std::vector{first, moved, other}));
}

TEST_F(StoredFibrePlaces, WhatIsToldAgainOfATimeTakesItsPlace) {
  tell({places_at(seconds{0}, 35.1)});
  tell({places_at(seconds{0}, 35.4)});
  EXPECT_EQ(stored(), std::vector{places_at(seconds{0}, 35.4)});
}

TEST_F(StoredFibrePlaces, WhatIsNoPlaceIsRefusedAndTheRestIsKept) {
  auto bad = places_at(seconds{0}, std::numeric_limits<double>::quiet_NaN());
  auto lonely = places_at(seconds{1}, 35.0);
  lonely.places.pop_back();
  const auto good = places_at(seconds{2}, 35.0);
  EXPECT_EQ(tell({bad, lonely, good}).refused_rows, 2U);
  EXPECT_EQ(stored(), std::vector{good});
}

}  // namespace
}  // namespace geod::storage
