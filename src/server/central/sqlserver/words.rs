//! Every statement that SQL Server is asked, as it is sent: constant texts, so that the database knows each again, and
//! a test can read them all.
//!
//! They keep to what both SQL Server 2016 and Babelfish 4.3 (PostgreSQL that speaks TDS) do alike: no MERGE, no lock
//! hints, no OUTPUT of what an UPDATE made, no JSON (what OPENJSON gives Babelfish cuts off behind 4,000 letters, and
//! leaves escaped); a row that is to be locked is updated first and read then; many rows are many values of one
//! statement. A count is cast, for it is an INT otherwise; an id that comes out of a list has the collation of the
//! database, and is compared in that of our columns.

/// Statements with their names, and a table of all of them.
macro_rules! words {
    ($($(#[$about:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$about])* pub(super) const $name: &str = $text;)+
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

/// Ids that were asked for, one row each: no id has a space as it is kept, and none is one but in this collation.
macro_rules! asked {
    ($values:literal) => {
        concat!("STRING_SPLIT(", $values, " COLLATE Latin1_General_BIN2, N' ') AS asked")
    };
}

/// One of those ids, of the type and collation of our columns.
macro_rules! asked_id {
    () => {
        "CAST(asked.[value] AS NVARCHAR(700)) COLLATE Latin1_General_BIN2"
    };
}

/// Documents of a place by those ids.
macro_rules! documents_asked {
    () => {
        concat!(
            asked!("@P3"),
            " JOIN document ON document.location_id = @P1 AND document.database_name = @P2
                 AND document.doc_id = ",
            asked_id!()
        )
    };
}

/// What is read of a device, in this order by `devices::read`.
macro_rules! device {
    () => {
        "SELECT location_id, register_id, [role], generation, enrolled_at, revoked_at, seen_at FROM register"
    };
}

/// The next location after one that a table has.
macro_rules! next_location {
    ($table:literal) => {
        concat!(
            "SELECT found.location_id FROM (SELECT TOP (1) location_id FROM ",
            $table,
            " WHERE location_id >= @P1 ORDER BY location_id) AS found"
        )
    };
}

/// What is read of a code, in this order by `devices::invitation`.
macro_rules! code {
    () => {
        "code_digest, location_id, register_id, [role], made_at, expires_ms"
    };
}

words! {
    // The house.
    STANDING = "SELECT house.incarnation, feed.seq FROM house
        LEFT JOIN feed ON feed.location_id = @P1 AND feed.database_name = @P2";
    BEGIN_ANEW = "UPDATE house SET incarnation = @P1";

    // Documents.
    TREES = concat!("SELECT document.doc_id, document.seq, document.tree FROM ", documents_asked!());
    PAGE = "SELECT TOP (@P4) doc_id, seq, tree FROM document
        WHERE location_id = @P1 AND database_name = @P2 AND doc_id >= @P3 ORDER BY doc_id";
    /// What leaves say, each with the sequence at which its document is: the reader knows whether it is the same still.
    LEAVES = concat!(
        "SELECT leaf.doc_id, document.seq, leaf.revision, leaf.body FROM ",
        documents_asked!(),
        " JOIN leaf ON leaf.location_id = @P1 AND leaf.database_name = @P2 AND leaf.doc_id = document.doc_id"
    );
    CHANGES = "SELECT TOP (@P4) doc_id, seq, tree FROM document
        WHERE location_id = @P1 AND database_name = @P2 AND seq > @P3 ORDER BY seq";
    CHANGES_BEFORE = "SELECT TOP (@P4) doc_id, seq, tree FROM document
        WHERE location_id = @P1 AND database_name = @P2 AND seq < @P3 ORDER BY seq DESC";
    POPULATION = "SELECT standing, gone FROM feed WHERE location_id = @P1 AND database_name = @P2";
    LISTED = "SELECT doc_id, seq, tree FROM document
        WHERE location_id = @P1 AND database_name = @P2 AND [deleted] = 0 AND doc_id >= @P3 AND doc_id < @P4
        ORDER BY doc_id OFFSET @P5 ROWS FETCH NEXT @P6 ROWS ONLY";
    LISTED_DOWN = "SELECT doc_id, seq, tree FROM document
        WHERE location_id = @P1 AND database_name = @P2 AND [deleted] = 0 AND doc_id >= @P3 AND doc_id < @P4
        ORDER BY doc_id DESC OFFSET @P5 ROWS FETCH NEXT @P6 ROWS ONLY";
    COUNT_LISTED = "SELECT CAST(COUNT(*) AS BIGINT) AS counted FROM document
        WHERE location_id = @P1 AND database_name = @P2 AND [deleted] = 0 AND doc_id >= @P3 AND doc_id < @P4";

    // Local documents.
    LOCAL = "SELECT body FROM local_document WHERE location_id = @P1 AND database_name = @P2 AND local_id = @P3";
    COUNT_LOCALS = "SELECT CAST(COUNT(*) AS BIGINT) AS counted FROM local_document WHERE location_id = @P1";
    FORGET_LOCAL = "DELETE FROM local_document
        WHERE location_id = @P1 AND database_name = @P2 AND local_id = @P3";
    CHANGE_LOCAL = "UPDATE local_document SET body = @P4
        WHERE location_id = @P1 AND database_name = @P2 AND local_id = @P3";
    ADD_LOCAL = "INSERT INTO local_document (location_id, database_name, local_id, body) VALUES (@P1, @P2, @P3, @P4)";

    // Mango indexes.
    INDEXES = "SELECT design, [name], [definition] FROM mango_index
        WHERE location_id = @P1 AND database_name = @P2 ORDER BY design, [name]";
    CHANGE_INDEX = "UPDATE mango_index SET [definition] = @P5
        WHERE location_id = @P1 AND database_name = @P2 AND design = @P3 AND [name] = @P4";
    ADD_INDEX = "INSERT INTO mango_index (location_id, database_name, design, [name], [definition])
        VALUES (@P1, @P2, @P3, @P4, @P5)";
    FORGET_INDEX = "DELETE FROM mango_index
        WHERE location_id = @P1 AND database_name = @P2 AND design = @P3 AND [name] = @P4";

    // What was accepted, and the books, as they are read.
    ACCEPTANCES = concat!(
        "SELECT acceptance.doc_id, acceptance.reply, acceptance.accepted_at FROM ",
        asked!("@P2"),
        " JOIN acceptance ON acceptance.location_id = @P1 AND acceptance.doc_id = ",
        asked_id!()
    );
    /// One row for each payment, or one without where there is none.
    ORDER_BOOKS = "SELECT booked.order_id, booked.total_amount, payments.doc_id, payments.tender, payments.amount,
            payments.tendered, payments.change_given, payments.tip, payments.rounding, payments.[reference],
            payments.created_at, payments.kind, payments.amends, payments.reason
        FROM (SELECT TOP (1) order_id, total_amount FROM orders WHERE location_id = @P1 AND doc_id = @P2
              ORDER BY order_id) AS booked
        LEFT JOIN payments ON payments.location_id = @P1 AND payments.order_doc_id = @P2
        ORDER BY payments.doc_id";
    BOOKED_ORDERS = "SELECT TOP (@P3) orders.order_id, orders.doc_id, orders.order_number, orders.order_status,
            orders.payment_status, orders.total_amount,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM order_items
             WHERE order_items.location_id = orders.location_id AND order_items.order_id = orders.order_id) AS lines
        FROM orders WHERE orders.location_id = @P1 AND orders.order_id >= @P2 ORDER BY orders.order_id";
    LAST_NUMBER = "SELECT last_number FROM numbering WHERE location_id = @P1";
    ORDER_BY_ID = "SELECT doc_id FROM orders WHERE location_id = @P1 AND order_id = @P2";
    ORDER_BY_NUMBER = "SELECT doc_id FROM orders WHERE location_id = @P1 AND order_number = @P2";
    TAXES = "SELECT tax_id, rate, included FROM known_tax WHERE location_id = @P1 ORDER BY tax_id, rate, included";
    FLAWS = concat!(
        "SELECT flawed.database_name, flawed.doc_id, flawed.revision, flawed.reason, flawed.noted_at FROM ",
        asked!("@P3"),
        " JOIN flawed ON flawed.location_id = @P1 AND flawed.database_name = @P2 AND flawed.doc_id = ",
        asked_id!()
    );

    // Devices.
    ADMIT = concat!(device!(), " WHERE register_id = @P1 AND secret_digest = @P2");
    DEVICE = concat!(device!(), " WHERE location_id = @P1 AND register_id = @P2");
    DEVICE_OF_SECRET = concat!(
        device!(),
        " WHERE location_id = @P1 AND register_id = @P2 AND secret_digest = @P3 AND revoked_at IS NULL"
    );
    DEVICES = "SELECT TOP (@P1) location_id, register_id, [role], generation, enrolled_at, revoked_at, seen_at
        FROM register ORDER BY location_id, register_id";
    DEVICES_THERE = "SELECT TOP (@P1) location_id, register_id, [role], generation, enrolled_at, revoked_at, seen_at
        FROM register WHERE location_id = @P2 ORDER BY location_id, register_id";
    INVITATIONS = concat!(
        "SELECT TOP (@P1) ",
        code!(),
        " FROM enrolment WHERE expires_ms > @P2 AND typed_ms IS NULL ORDER BY location_id, register_id"
    );
    INVITATIONS_THERE = concat!(
        "SELECT TOP (@P1) ",
        code!(),
        " FROM enrolment WHERE expires_ms > @P2 AND typed_ms IS NULL AND location_id = @P3
          ORDER BY location_id, register_id"
    );
    /// The next location after one, as each of the four tables has it: each finds it in its index.
    NEXT_LOCATIONS = concat!(
        next_location!("register"),
        " UNION ALL ",
        next_location!("enrolment"),
        " UNION ALL ",
        next_location!("feed"),
        " UNION ALL ",
        next_location!("act")
    );
    KNOWS_LOCATION = "SELECT CAST(1 AS BIGINT) AS known WHERE EXISTS (SELECT 1 FROM register WHERE location_id = @P1)
        OR EXISTS (SELECT 1 FROM enrolment WHERE location_id = @P1)
        OR EXISTS (SELECT 1 FROM feed WHERE location_id = @P1)
        OR EXISTS (SELECT 1 FROM act WHERE location_id = @P1)";
    /// Whoever changes devices has this row first, so that they follow each other.
    LOCK_DOOR = "UPDATE door SET only_row = 1";
    ENROL_AGAIN = "UPDATE register SET [role] = @P3, secret_digest = @P4, enrolled_at = @P5, revoked_at = NULL,
            generation = generation + 1, seen_at = NULL
        WHERE location_id = @P1 AND register_id = @P2 AND ([role] = @P3 OR revoked_at IS NOT NULL)";
    ENROL = "INSERT INTO register (location_id, register_id, [role], secret_digest, enrolled_at)
        VALUES (@P1, @P2, @P3, @P4, @P5)";
    FORGET_CODE = "DELETE FROM enrolment WHERE location_id = @P1 AND register_id = @P2";
    FORGET_OLD_CODES = "DELETE FROM enrolment WHERE (typed_ms IS NULL AND expires_ms <= @P1)
        OR (typed_ms IS NOT NULL AND typed_ms <= @P2)";
    ADD_CODE = "INSERT INTO enrolment (code_digest, location_id, register_id, [role], made_at, expires_ms)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6)";
    CODE = concat!("SELECT ", code!(), ", typed_ms FROM enrolment WHERE code_digest = @P1");
    CODE_WAS_TYPED = "UPDATE enrolment SET typed_ms = @P2 WHERE code_digest = @P1";
    REVOKE = "UPDATE register SET revoked_at = @P3
        WHERE location_id = @P1 AND register_id = @P2 AND revoked_at IS NULL";
    REVOKE_CODE = "DELETE FROM enrolment
        WHERE location_id = @P1 AND register_id = @P2 AND expires_ms > @P3 AND typed_ms IS NULL";
    SEEN = "UPDATE register SET seen_at = @P3 WHERE location_id = @P1 AND register_id = @P2";
    NOTE = "INSERT INTO act (done_at, location_id, what, about) VALUES (@P1, @P2, @P3, @P4)";
    ACTS = "SELECT TOP (@P2) done_at, what, about FROM act WHERE location_id = @P1 ORDER BY act_number DESC";

    // A batch.
    ADVANCE = "UPDATE feed SET seq = seq + @P3 WHERE location_id = @P1 AND database_name = @P2";
    ADVANCED = "SELECT seq FROM feed WHERE location_id = @P1 AND database_name = @P2";
    ADD_FEED = "INSERT INTO feed (location_id, database_name, seq) VALUES (@P1, @P2, @P3)";
    OPERATION = "SELECT made_ms FROM operation WHERE operation = @P1";
    ADD_OPERATION = "INSERT INTO operation (operation, made_ms) VALUES (@P1, @P2)";
    FORGET_OPERATIONS = "DELETE FROM operation WHERE operation IN
        (SELECT TOP (100) aged.operation FROM operation AS aged WHERE aged.made_ms < @P1 ORDER BY aged.made_ms)";
    STAND = concat!("SELECT document.doc_id, document.seq, document.[deleted] FROM ", documents_asked!());
    COUNT_PAYMENTS = "SELECT CAST(COUNT(*) AS BIGINT) AS counted FROM payments
        WHERE location_id = @P1 AND order_doc_id = @P2";
    FORGET_DOCUMENTS = concat!(
        "DELETE FROM document WHERE location_id = @P1 AND database_name = @P2 AND doc_id IN (SELECT ",
        asked_id!(),
        " FROM ",
        asked!("@P3"),
        ")"
    );
    FORGET_LEAVES = concat!(
        "DELETE FROM leaf WHERE location_id = @P1 AND database_name = @P2 AND doc_id IN (SELECT ",
        asked_id!(),
        " FROM ",
        asked!("@P3"),
        ")"
    );
    /// Of one row, as all that are said for many by [`for_many`]: what all rows share stands first.
    ADD_DOCUMENTS = "INSERT INTO document (location_id, database_name, doc_id, seq, [deleted], tree)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6)";
    ADD_LEAVES = "INSERT INTO leaf (location_id, database_name, doc_id, revision, body)
        VALUES (@P1, @P2, @P3, @P4, @P5)";
    COUNT_DOCUMENTS = "UPDATE feed SET standing = standing + @P3, gone = gone + @P4
        WHERE location_id = @P1 AND database_name = @P2";
    ADD_ACCEPTANCE = "INSERT INTO acceptance (location_id, doc_id, reply, accepted_at) VALUES (@P1, @P2, @P3, @P4)";

    // The books, as they are written.
    PAYMENT_STATUS = "UPDATE orders SET payment_status = @P3 WHERE location_id = @P1 AND doc_id = @P2";
    CHANGE_NUMBER = "UPDATE numbering SET last_number = @P2 WHERE location_id = @P1";
    ADD_NUMBER = "INSERT INTO numbering (location_id, last_number) VALUES (@P1, @P2)";
    CUSTOMER_GONE = "DELETE FROM customers WHERE location_id = @P1 AND doc_id = @P2";
    CHANGE_CUSTOMER = "UPDATE customers SET [name] = @P3, phone = @P4, address = @P5, city = @P6, note = @P7,
        updated_at = @P8 WHERE location_id = @P1 AND doc_id = @P2";
    ADD_CUSTOMER = "INSERT INTO customers
        (location_id, doc_id, [name], phone, address, city, note, created_at, updated_at)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8, @P9)";
    MENU_GONE = "DELETE FROM menu WHERE location_id = @P1 AND doc_id = @P2";
    ADD_MENU = "INSERT INTO menu (location_id, doc_id, doc_type, entry_id, [name], parent_id, price, currency, tax_id,
            rate, plu, station, sort_order, available)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8, @P9, @P10, @P11, @P12, @P13, @P14)";
    ADD_TAX = "INSERT INTO known_tax (location_id, tax_id, rate, included) SELECT @P1, @P2, @P3, @P4
        WHERE NOT EXISTS (SELECT 1 FROM known_tax
            WHERE location_id = @P1 AND tax_id = @P2 AND rate = @P3 AND included = @P4)";
    FORGET_FLAW = "DELETE FROM flawed WHERE location_id = @P1 AND database_name = @P2 AND doc_id = @P3";
    ADD_FLAW = "INSERT INTO flawed (location_id, database_name, doc_id, revision, reason, noted_at)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6)";
    CHANGE_ORDER = "UPDATE orders SET order_type = @P3, order_status = @P4, payment_status = @P5, customer_id = @P6,
            customer_name = @P7, table_name = @P8, covers = @P9, currency = @P10, subtotal = @P11, tax_amount = @P12,
            total_amount = @P13, updated_at = @P14
        WHERE location_id = @P1 AND order_id = @P2";
    ADD_ORDER = "INSERT INTO orders (location_id, order_id, doc_id, order_number, local_number, register_id,
            business_date, order_type, order_status, payment_status, customer_id, customer_name, table_name, covers,
            currency, subtotal, tax_amount, total_amount, [offline], created_at, updated_at, accepted_at)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8, @P9, @P10, @P11, @P12, @P13, @P14, @P15, @P16, @P17, @P18,
            @P19, @P20, @P21, @P22)";
    FORGET_ITEMS = "DELETE FROM order_items WHERE location_id = @P1 AND order_id = @P2";
    FORGET_TAXES = "DELETE FROM order_taxes WHERE location_id = @P1 AND order_id = @P2";
    ADD_ITEMS = "INSERT INTO order_items (location_id, order_id, line_id, place, item_id, [name], quantity, unit_price,
            total, tax_id, tax_rate, modifiers, note, course, station, [state], void_reason)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8, @P9, @P10, @P11, @P12, @P13, @P14, @P15, @P16, @P17)";
    ADD_TAXES = "INSERT INTO order_taxes (location_id, order_id, place, tax_id, [name], rate, included, net, amount,
            gross)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8, @P9, @P10)";
    ADD_PAYMENT = "INSERT INTO payments (location_id, payment_id, doc_id, order_id, order_doc_id, tender, amount,
            tendered, change_given, tip, rounding, [reference], kind, amends, reason, register_id, created_at,
            accepted_at)
        VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8, @P9, @P10, @P11, @P12, @P13, @P14, @P15, @P16, @P17, @P18)";

    // Connections and migrations; these take no values.
    /// A kept connection is looked after before it is used: what was left open in it is taken back.
    REST = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; SELECT CAST(1 AS BIGINT) AS it_answers";
    TABLES = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'";
    RAN = "SELECT [number], [checksum] FROM migration ORDER BY [number]";
    MAKE_HISTORY = "CREATE TABLE migration ([number] BIGINT NOT NULL PRIMARY KEY, [checksum] NVARCHAR(64) NOT NULL)";
    ADD_MIGRATION = "INSERT INTO migration ([number], [checksum]) VALUES (@P1, @P2)";
    ADD_HOUSE = "INSERT INTO house (only_row, incarnation) SELECT 1, @P1 WHERE NOT EXISTS (SELECT 1 FROM house)";
    OPEN_TRANSACTIONS = "SELECT CAST(@@TRANCOUNT AS BIGINT) AS open_transactions";
    UNLOCK = "EXEC sp_releaseapplock @Resource = N'comanda_migration', @LockOwner = N'Session'";
    IS_BABELFISH = "SELECT CAST(CASE WHEN SERVERPROPERTY('Babelfish') IS NULL THEN 0 ELSE 1 END AS BIGINT) AS told";
    /// Asked of SQL Server alone: whether who reads waits for nobody who writes.
    HAS_SNAPSHOTS = "SELECT CAST(is_read_committed_snapshot_on AS BIGINT) AS told FROM sys.databases
        WHERE database_id = DB_ID()";
    /// Said to SQL Server alone.
    TAKE_SNAPSHOTS = "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH NO_WAIT";
}

/// What every connection is told first: a transaction in which something failed is taken back as a whole, and nobody
/// waits for another's lock longer than this, in milliseconds.
pub(super) fn set_up(lock_ms: u64) -> String {
    format!("SET XACT_ABORT ON; SET LOCK_TIMEOUT {lock_ms}")
}

/// Asks for the lock that whoever migrates has: it answers with a number below 0 when another had it too long.
pub(super) fn lock(patience_ms: u64) -> String {
    format!(
        "DECLARE @told INT; EXEC @told = sp_getapplock @Resource = N'comanda_migration', @LockMode = N'Exclusive', \
         @LockOwner = N'Session', @LockTimeout = {patience_ms}; SELECT CAST(@told AS BIGINT) AS told"
    )
}

/// A statement that adds one row, for so many: of its values the first are those of all of them.
pub(super) fn for_many(sql: &str, shared: usize, rows: usize) -> String {
    let (head, row) = sql.split_once("VALUES (").expect("it says the values of one row");
    let own = row.matches("@P").count() - shared;
    let row = |nth: usize| {
        let own = shared + nth * own + 1..=shared + (nth + 1) * own;
        let values: Vec<String> = (1..=shared).chain(own).map(|value| format!("@P{value}")).collect();
        format!("({})", values.join(", "))
    };
    format!("{head}VALUES {}", (0..rows).map(row).collect::<Vec<_>>().join(", "))
}
