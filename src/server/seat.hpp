// A client's place among those of its role, which may have only so many.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

namespace server {

struct Role {
    unsigned int oid = 0;  // an Oid
    std::string name;
};

// How many clients each role has at this door.
class Seats {
public:
    int taken(unsigned int role) const {
        auto found = taken_.find(role);
        return found == taken_.end() ? 0 : found->second;
    }
    int taken() const { return total_; }

private:
    friend class Seat;
    void take(unsigned int role) {
        ++taken_[role];
        ++total_;
    }
    void give_back(unsigned int role) {
        if (--taken_[role] == 0)
            taken_.erase(role);
        --total_;
    }

    std::unordered_map<unsigned int, int> taken_;
    int total_ = 0;
};

// Given back when it goes. An empty one is that of a client that is not logged in.
class Seat {
public:
    Seat() = default;
    Seat(Role role, Seats& seats) : role_(std::move(role)), seats_(&seats) {
        seats.take(role_.oid);
    }
    Seat(Seat&& other) noexcept
        : role_(std::exchange(other.role_, {})), seats_(std::exchange(other.seats_, nullptr)) {}
    Seat& operator=(Seat&& other) noexcept {
        std::swap(role_, other.role_);
        std::swap(seats_, other.seats_);
        return *this;
    }
    ~Seat() {
        if (seats_)
            seats_->give_back(role_.oid);
    }

    explicit operator bool() const { return seats_ != nullptr; }
    const Role& role() const { return role_; }

private:
    Role role_;
    Seats* seats_ = nullptr;
};

}  // namespace server
