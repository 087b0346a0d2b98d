package dev.sluice.importing;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What is known of nginx's directives beside what each of those comes to that are carried over. */
final class NginxWords {
    /** Carried over, or named by those who try to. */
    private static final Set<String> HANDLED = words("""
            http server location listen server_name upstream split_clients set return rewrite if proxy_pass grpc_pass
            proxy_set_header grpc_set_header proxy_hide_header grpc_hide_header add_header client_max_body_size
            proxy_connect_timeout proxy_read_timeout proxy_send_timeout grpc_connect_timeout grpc_read_timeout
            grpc_send_timeout error_page proxy_intercept_errors set_real_ip_from real_ip_header gzip brotli zstd mirror
            ssl_certificate ssl_certificate_key ssl_password_file allow deny try_files root alias internal
            default_type proxy_ssl_verify proxy_ssl_trusted_certificate proxy_ssl_name proxy_ssl_certificate
            proxy_ssl_certificate_key fastcgi_pass uwsgi_pass scgi_pass memcached_pass keepalive_timeout include
            """);

    /** Who may come in is decided by these, in ways that Sluice has not. */
    static final Set<String> GUARDS = words("auth_basic auth_request auth_jwt ssl_verify_client limit_except");

    /** How nginx does its work: Sluice does it in a way of its own, or does it anyway. */
    private static final Set<String> SILENT = words("""
            user worker_processes worker_rlimit_nofile worker_cpu_affinity worker_priority pid daemon master_process
            error_log load_module events thread_pool pcre_jit env sendfile sendfile_max_chunk tcp_nopush tcp_nodelay
            aio directio open_file_cache open_file_cache_valid open_file_cache_min_uses open_file_cache_errors
            keepalive_requests reset_timedout_connection server_tokens server_names_hash_max_size
            server_names_hash_bucket_size types types_hash_max_size types_hash_bucket_size variables_hash_max_size
            variables_hash_bucket_size map_hash_max_size map_hash_bucket_size log_format index charset etag
            client_header_buffer_size large_client_header_buffers client_body_buffer_size client_body_temp_path
            client_body_in_file_only client_body_timeout client_header_timeout send_timeout log_not_found log_subrequest
            http2 http2_max_concurrent_streams ssl_session_cache ssl_session_timeout ssl_session_tickets
            ssl_prefer_server_ciphers ssl_ecdh_curve ssl_buffer_size ssl_early_data real_ip_recursive
            proxy_http_version proxy_buffering proxy_request_buffering proxy_buffers proxy_buffer_size
            proxy_busy_buffers_size proxy_temp_path proxy_temp_file_write_size proxy_max_temp_file_size
            proxy_socket_keepalive proxy_headers_hash_max_size proxy_headers_hash_bucket_size proxy_ssl_server_name
            proxy_ssl_session_reuse proxy_ssl_verify_depth proxy_ssl_protocols proxy_ssl_ciphers proxy_pass_header
            proxy_pass_request_headers proxy_pass_request_body proxy_ignore_client_abort gzip_vary gzip_proxied
            gzip_comp_level gzip_buffers gzip_http_version gzip_min_length gzip_types gzip_disable gzip_static
            brotli_comp_level brotli_types zstd_comp_level zstd_types mirror_request_body merge_slashes
            port_in_redirect server_name_in_redirect absolute_redirect underscores_in_headers
            ignore_invalid_headers chunked_transfer_encoding recursive_error_pages resolver resolver_timeout
            auth_basic_user_file auth_request_set zone break
            """);

    private static final Map<String, String> ADVICE = Map.ofEntries(
            Map.entry("access_log", "Sluice writes no access log"),
            Map.entry("limit_req", "Sluice limits no rates; a pool's limits bound what is under way at once"),
            Map.entry("limit_conn", "Sluice limits no clients; server.maxConnections bounds all"),
            Map.entry("limit_rate", "Sluice slows nobody down"),
            Map.entry("limit_req_zone", "Sluice limits no rates; a pool's limits bound what is under way at once"),
            Map.entry("limit_conn_zone", "Sluice limits no clients; server.maxConnections bounds all"),
            Map.entry("expires", "response.headers can set Cache-Control"),
            Map.entry("sub_filter", "bodies pass as they are"),
            Map.entry("ssl_ciphers", "Jetty's hold; change them with Jetty XML, as in etc/tls.xml"),
            Map.entry("ssl_conf_command", "Jetty XML, as in etc/tls.xml, can tune TLS"),
            Map.entry("ssl_dhparam", "Java has its own; Jetty XML, as in etc/tls.xml, can tune TLS"),
            Map.entry("ssl_stapling", "Sluice staples no OCSP answers"),
            Map.entry("ssl_client_certificate", "Jetty XML, as in etc/tls.xml, can ask for certificates"),
            Map.entry("proxy_next_upstream", "see retries of a pool: tries, statuses, methods"),
            Map.entry("proxy_next_upstream_tries", "see retries.tries of a pool"),
            Map.entry("proxy_next_upstream_timeout", "see retries.timeout of a pool"),
            Map.entry(
                    "proxy_redirect", "Location is rewritten as the path is; response.rewriteLocation switches it off"),
            Map.entry("proxy_cookie_path", "cookies are rewritten as the path is"),
            Map.entry("proxy_cookie_domain", "cookies are rewritten as the host is"),
            Map.entry("stream", "Sluice forwards HTTP only"),
            Map.entry("mail", "Sluice forwards HTTP only"),
            Map.entry("map", "Sluice has no variables; routes look at headers, query, cookies and clients"),
            Map.entry("geo", "Sluice has no variables; routes look at clients"));

    private NginxWords() {}

    /** Names all that nobody carries over, in this block and those in it. */
    static void report(Iterable<Directive> directives, Leftovers left) {
        for (Directive one : directives) {
            if (!isKnown(one)) left.add(one, advice(one.name()));
            else if (one.name().equals("server")
                    || one.name().equals("http")
                    || one.name().equals("location")) report(one.children(), left);
        }
    }

    private static boolean isKnown(Directive one) {
        String name = one.name();
        return switch (name) {
            case "access_log", "proxy_next_upstream", "proxy_cache", "ssl_stapling", "ssl_stapling_verify" ->
                one.arg(0).equals("off");
            case "proxy_redirect" -> one.arg(0).equals("default") || one.arg(0).equals("off");
            // What it is for, as a rule, happens by itself.
            case "map" -> one.arg(0).equals("$http_upgrade");
            case "ssl_protocols" -> one.args().stream().allMatch(version -> version.matches("TLSv1\\.[23]"));
            default -> HANDLED.contains(name) || SILENT.contains(name) || GUARDS.contains(name);
        };
    }

    private static String advice(String name) {
        String known = ADVICE.get(name);
        if (known != null) return known;
        if (name.contains("cache")) return "Sluice does not cache";
        if (name.startsWith("ssl_")) return "Jetty XML, as in etc/tls.xml, can tune TLS";
        return "Sluice has nothing like it";
    }

    private static Set<String> words(String text) {
        return Arrays.stream(text.strip().split("\\s+")).collect(Collectors.toUnmodifiableSet());
    }
}
