#include "watch/registry.hpp"

#include <unordered_map>

#include "store/catalog.hpp"
#include "watch/loader.hpp"

namespace watch {

class Registry {
public:
    Watches& find(Oid relation) {
        auto known = known_.find(relation);
        if (known != known_.end() && !known->second->is_stale_)
            return *known->second;
        return load(relation);
    }

    // Called at invalidation messages; must neither throw nor free.
    void forget(Oid changed) {
        changes_++;
        for (auto& [relation, watches] : known_)
            if (changed == InvalidOid || changed == own_table_ ||
                std::find(watches->tables_.begin(), watches->tables_.end(), changed) !=
                    watches->tables_.end())
                watches->is_stale_ = true;
    }

    void forget_conditions() {
        changes_++;
        for (auto& [relation, watches] : known_)
            for (const Watch& watch : watches->all_)
                watches->is_stale_ |= watch.condition.exists();
    }

private:
    Watches& load(Oid relation) {
        free_unused();
        std::unique_ptr<Watches> loaded;
        uint64 before;
        do {
            before = changes_;
            own_table_ = pg::call([] { return store::catalog().watch; });
            loaded = std::make_unique<Watches>();
            // An error frees it.
            loaded->memory_ = pg::call([] {
                return AllocSetContextCreate(CurrentMemoryContext, "pg_kv watches",
                                             ALLOCSET_SMALL_SIZES);
            });
            Loader::load(relation, *loaded);
        } while (before != changes_);
        std::unique_ptr<Watches>& place = known_[relation];
        if (place)
            retired_.push_back(std::move(place));
        MemoryContextSetParent(loaded->memory_, TopMemoryContext);
        place = std::move(loaded);
        return *place;
    }

    // What became stale while it was used is kept until nobody uses it.
    void free_unused() {
        for (auto known = known_.begin(); known != known_.end();) {
            if (known->second->is_stale_) {
                retired_.push_back(std::move(known->second));
                known = known_.erase(known);
            } else {
                ++known;
            }
        }
        std::erase_if(retired_, [](const std::unique_ptr<Watches>& watches) {
            if (watches->users_ > 0)
                return false;
            MemoryContextDelete(watches->memory_);
            return true;
        });
    }

    std::unordered_map<Oid, std::unique_ptr<Watches>> known_;
    std::vector<std::unique_ptr<Watches>> retired_;
    Oid own_table_ = InvalidOid;
    uint64 changes_ = 0;
};

namespace {

Registry registry;

}  // namespace

Watches& watches_of(Oid relation) {
    return registry.find(relation);
}

void announce_watches() {
    CacheInvalidateRelcacheByRelid(store::catalog().watch);
    CommandCounterIncrement();
}

void watch_registry() {
    CacheRegisterRelcacheCallback([](Datum, Oid changed) { registry.forget(changed); }, 0);
    CacheRegisterSyscacheCallback(
        PROCOID, [](Datum, int, uint32) { registry.forget_conditions(); }, 0);
}

}  // namespace watch
