// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Activates the verified root and asks the kernel what it enforces.
//!
//! What device-mapper answers is the image's identity at run time; what was asked of it is only a wish.

use crate::dm_message::{DeviceNumber, Message, Query};
use crate::error::{InitError, Malformed};
use crate::syscall::{self, DmCommand};
use crate::verity::{VerityStatus, VerityTable};
use std::fs::{File, OpenOptions};
use std::io;

/// Name of the verified root among device-mapper's devices.
pub(crate) const ROOT: &str = "root";
const CONTROL: &str = "/dev/mapper/control";
const TARGET: &str = "verity";

/// The open control device.
#[derive(Debug)]
pub(crate) struct DeviceMapper {
    control: File,
}

/// The live verity device, as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerityDevice {
    pub(crate) number: DeviceNumber,
    pub(crate) table: VerityTable,
    pub(crate) status: VerityStatus,
}

impl VerityDevice {
    /// The node that devtmpfs makes for it.
    pub(crate) fn path(&self) -> String {
        format!("/dev/dm-{}", self.number.minor)
    }
}

impl DeviceMapper {
    pub(crate) fn open() -> Result<Self, InitError> {
        let control = OpenOptions::new()
            .read(true)
            .write(true)
            .open(CONTROL)
            .map_err(|source| InitError::Open { path: CONTROL.to_owned(), source })?;
        Ok(Self { control })
    }

    /// Creates the device [`ROOT`] with `table`, and compares what the kernel then says with it.
    ///
    /// # Errors
    /// Also when the kernel's table is another one: then nothing may be mounted from the device.
    pub(crate) fn activate(&self, table: &VerityTable) -> Result<VerityDevice, InitError> {
        let uuid = format!("ASHLAR-{}", table.root_hash);
        self.send("create the device", DmCommand::Create, Message::create(ROOT, &uuid))?;
        let activated = self.fill(table);
        if activated.is_err() {
            // A half-made device must not stay; that removing it can fail as well adds nothing to the first error.
            drop(self.send("remove the device", DmCommand::Remove, Message::resume(ROOT)));
        }
        activated
    }

    fn fill(&self, table: &VerityTable) -> Result<VerityDevice, InitError> {
        let step = "load the verity table";
        let load = Message::load(ROOT, TARGET, table.data_size(), &table.to_string())
            .map_err(|reason| InitError::DeviceMapper { step, source: io::Error::other(reason) })?;
        self.send(step, DmCommand::TableLoad, load)?;
        self.send("make the table live", DmCommand::Resume, Message::resume(ROOT))?;
        let device = self.root()?;
        if device.table == *table {
            return Ok(device);
        }
        let reason = format!(
            "it states the table {:?} where {:?} was asked for",
            device.table.to_string(),
            table.to_string()
        );
        Err(InitError::RootHash { source: Malformed::new(reason) })
    }

    /// Reads table and status of [`ROOT`] back.
    pub(crate) fn root(&self) -> Result<VerityDevice, InitError> {
        let (number, line) = self.query("read the table back", Query::Table)?;
        let table = understand("read the table back", VerityTable::parse(&line))?;
        let (_, line) = self.query("read the status", Query::Status)?;
        let status = understand("read the status", VerityStatus::parse(&line))?;
        Ok(VerityDevice { number, table, status })
    }

    fn query(&self, step: &'static str, query: Query) -> Result<(DeviceNumber, String), InitError> {
        let answer = self.send(step, DmCommand::TableStatus, Message::query(ROOT, query))?;
        let (target, text) = understand(step, answer.only_target())?;
        if target != TARGET {
            return understand(
                step,
                Err(Malformed::new(format!("the target is {target:?}, not {TARGET:?}"))),
            );
        }
        Ok((answer.device(), text))
    }

    fn send(
        &self,
        step: &'static str,
        command: DmCommand,
        mut message: Message,
    ) -> Result<Message, InitError> {
        syscall::device_mapper(&self.control, command, &mut message)
            .map_err(|source| InitError::DeviceMapper { step, source })?;
        Ok(message)
    }
}

fn understand<T>(step: &'static str, result: Result<T, Malformed>) -> Result<T, InitError> {
    result.map_err(|source| InitError::DeviceMapperAnswer { step, source })
}
