#include "server/endpoint.hpp"

namespace server {

namespace {

void add(std::vector<Endpoint>& endpoints, const std::vector<std::string>& names, int port,
         bool tls) {
    for (const std::string& name : names) {
        Endpoint& endpoint = endpoints.emplace_back();
        endpoint.may_fail = name.starts_with('-');
        std::string host = endpoint.may_fail ? name.substr(1) : name;
        for (const Address& address : Address::resolve(host, port))
            endpoint.places.push_back({.address = address, .tls = tls});
    }
}

}  // namespace

std::vector<Endpoint> Endpoint::of(const NetworkOptions& options) {
    std::vector<Endpoint> endpoints;
    if (options.port)
        add(endpoints, options.addresses, *options.port, false);
    if (options.tls_port)
        add(endpoints, options.tls_addresses, *options.tls_port, true);
    if (!options.unix_socket.empty())
        endpoints.push_back({.places = {{.address = Address::of_unix_socket(options.unix_socket),
                                         .permissions = options.unix_socket_permissions}}});
    return endpoints;
}

}  // namespace server
